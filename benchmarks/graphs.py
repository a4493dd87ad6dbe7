"""Workflows that the gateway is asked to run."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.stand_in import CHECKPOINT

#: Replaced in a prepared body by a number of as many digits.
_SEED = 10**14


def text_to_image(seed: int, *, steps: int = 20, width: int = 256) -> dict[str, Any]:
    """Return a text-to-image workflow of 7 nodes."""

    def node(class_type: str, **inputs: Any) -> dict[str, Any]:
        return {"class_type": class_type, "inputs": inputs, "_meta": {"title": class_type}}

    return {
        "3": node(
            "KSampler",
            model=["4", 0],
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
            seed=seed,
            steps=steps,
            cfg=4.0,
            sampler_name="euler",
            scheduler="simple",
            denoise=1.0,
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name=CHECKPOINT),
        "5": node("EmptyLatentImage", width=width, height=width, batch_size=1),
        "6": node("CLIPTextEncode", clip=["4", 1], text="a red fox in the snow, evening light, long shadows"),
        "7": node("CLIPTextEncode", clip=["4", 1], text="blurry, low quality"),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="fox"),
    }


class Submissions:
    """Bodies of `POST /prompt`, each with a seed of its own, so that no two are the same job."""

    def __init__(self, *, steps: int = 20, width: int = 256) -> None:
        document = {"prompt": text_to_image(_SEED, steps=steps, width=width), "client_id": "benchmark"}
        self._before, self._after = json.dumps(document).encode().split(str(_SEED).encode())
        self._made = 0

    def body(self) -> bytes:
        """Return the next one."""
        self._made += 1
        return self._before + str(_SEED + self._made).encode() + self._after
