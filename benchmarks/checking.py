"""How long the check of a workflow takes, and reading the catalogue that it needs."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from atelier.workflows.check import check
from atelier.workflows.object_info import NodeCatalogue

OBJECT_INFO = Path(__file__).parents[1] / "tests" / "reference" / "comfyui" / "object_info-0.3.64.json"

_RUNS = 15


def parse_milliseconds() -> float:
    """Return the time to read the answer to `GET /object_info`, 383 classes in 300 kB of JSON."""
    body = OBJECT_INFO.read_bytes()
    return _milliseconds(lambda: NodeCatalogue.parse(json.loads(body)))


def check_milliseconds(nodes: int, *, faulty: bool = False) -> float:
    """Return the time of one check, with the catalogue parsed.

    Args:
        nodes: How many nodes the workflow has.
        faulty: Whether each tenth node has faults for which near values are looked for.
    """
    catalogue = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_bytes()))
    workflow = _workflow(nodes, faulty=faulty)
    return _milliseconds(lambda: check(workflow, catalogue))


def growth() -> float:
    """Return the processor time a node of checking 8,000 nodes, over that of checking 1,000.

    1 where the time grows linearly; a check that looks at all nodes for each node comes to 8.
    """
    catalogue = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_bytes()))

    def a_node(nodes: int) -> float:
        workflow = _workflow(nodes, faulty=False)
        return _milliseconds(lambda: check(workflow, catalogue), clock=time.process_time) / len(workflow)

    return a_node(8000) / a_node(1000)


def _milliseconds(run: Callable[[], object], *, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time by the clock, after one run that does not count."""
    times = []
    for _ in range(_RUNS + 1):
        began = clock()
        run()
        times.append(clock() - began)
    return statistics.median(times[1:]) * 1000


def _workflow(nodes: int, *, faulty: bool) -> dict[str, Any]:
    """Return text-to-image branches of ten nodes each on one set of models."""
    workflow: dict[str, Any] = {}

    def add(class_type: str, **inputs: Any) -> str:
        node_id = str(len(workflow) + 1)
        workflow[node_id] = {"class_type": class_type, "inputs": inputs, "_meta": {"title": class_type}}
        return node_id

    unet = add("UNETLoader", unet_name="qwen_image_fp8_e4m3fn.safetensors", weight_dtype="default")
    clip = add(
        "CLIPLoader", clip_name="qwen_2.5_vl_7b_fp8_scaled.safetensors", type="qwen_image", device="default"
    )
    vae = add("VAELoader", vae_name="qwen_image_vae.safetensors")
    while len(workflow) < nodes:
        model = add("ModelSamplingAuraFlow", model=[unet, 0], shift=3.1)
        positive = add("CLIPTextEncode", clip=[clip, 0], text="a red fox")
        negative = add("CLIPTextEncode", clip=[clip, 0], text="")
        latent = add("EmptySD3LatentImage", width=1328, height=1328, batch_size=1)
        samples = add(
            "KSampler",
            model=[model, 0],
            positive=[positive, 0],
            negative=[negative, 0],
            latent_image=[latent, 0],
            seed=len(workflow),
            steps=20,
            cfg=2.5,
            sampler_name=f"eular_{len(workflow)}" if faulty else "euler",
            scheduler="simple",
            denoise=1.0,
        )
        image = add("VAEDecode", samples=[samples, 0], vae=[vae, 0])
        larger = add("ImageScaleBy", image=[image, 0], upscale_method="lanczos", scale_by=2.0)
        sharper = add("ImageSharpen", image=[larger, 0], sharpen_radius=1, sigma=1.0, alpha=0.5)
        add("PreviewImage", images=[image, 0])
        add("SaveImage", images=[sharper, 0], filename_prefix="fox")
    return workflow
