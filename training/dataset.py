"""The data set: pairs of a scene and an edit of it, rendered at several sizes and kept as latents.

A shard is a function of its size and number, so only the latents are stored; scenes and captions are thought
of again when they are needed. Latents belong to one encoder and lie in a folder named after its weights.
"""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from training.edits import Edit, random_edit
from training.networks.autoencoder import DOWNSCALE, Encoder
from training.rendering import render
from training.scenes import Scene, random_scene
from training.weights import Nano, load

#: Pairs in a shard.
SHARD = 500


@dataclass(frozen=True, kw_only=True)
class Size:
    """A picture size, and its part in the training."""

    width: int
    height: int
    #: Share of the training batches.
    share: float
    #: Samples in a batch, in multiples of the batch size: larger pictures come in smaller batches.
    batch: float
    #: Shards to render; the first is held out for validation.
    shards: int

    @property
    def name(self) -> str:
        """Return for example "192x128"."""
        return f"{self.width}x{self.height}"


SIZES = (
    Size(width=128, height=128, share=0.46, batch=1, shards=41),
    Size(width=64, height=64, share=0.15, batch=2, shards=13),
    Size(width=192, height=192, share=0.09, batch=1 / 2, shards=5),
    Size(width=256, height=256, share=0.20, batch=1 / 3, shards=11),
    Size(width=192, height=128, share=0.05, batch=2 / 3, shards=5),
    Size(width=128, height=192, share=0.05, batch=2 / 3, shards=5),
)


def pairs(size: Size, shard: int) -> list[tuple[Scene, Edit]]:
    """Think of the scenes of a shard, each with an edit."""
    rng = Random(f"{size.name} shard {shard}")
    scenes = []
    for _ in range(SHARD):
        scene = random_scene(rng)
        scenes.append((scene, random_edit(scene, rng)))
    return scenes


def latents_folder(work: Path, checkpoint: Path) -> Path:
    """Return where the latents of this checkpoint's encoder lie."""
    model = Nano()
    load(checkpoint, model)
    digest = hashlib.blake2b(digest_size=6)
    for value in model.encoder.state_dict().values():
        digest.update(value.half().numpy().tobytes())
    return work / f"latents-{digest.hexdigest()}"


def shard_path(folder: Path, size: Size, shard: int) -> Path:
    """Return the file of a shard's latents: float16 [SHARD, 2, 8, height / 8, width / 8]."""
    return folder / f"{size.name}-{shard:03}.npy"


def prepare(work: Path, checkpoint: Path, processes: int) -> None:
    """Render and encode every shard that is not there yet, with a line for each as it is done."""
    folder = latents_folder(work, checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        (size, shard)
        for size in SIZES
        for shard in range(size.shards)
        if not shard_path(folder, size, shard).exists()
    ]
    started = time.monotonic()
    with ProcessPoolExecutor(processes) as pool:
        tasks = [pool.submit(_make_shard, folder, checkpoint, size, shard) for size, shard in missing]
        for done, task in enumerate(as_completed(tasks), 1):
            seconds = time.monotonic() - started
            print(f"shard {task.result()}: {done} of {len(missing)} after {seconds:.0f} s", flush=True)


def load_latents(folder: Path, size: Size, shard: int) -> NDArray[np.float16]:
    """Read a shard's latents.

    Raises FileNotFoundError when they were not prepared.
    """
    latents: NDArray[np.float16] = np.load(shard_path(folder, size, shard))
    return latents


def _make_shard(folder: Path, checkpoint: Path, size: Size, shard: int) -> str:
    torch.set_num_threads(1)
    model = Nano()
    load(checkpoint, model)
    encoder = model.encoder.eval().to(memory_format=torch.channels_last)
    latents = np.empty((SHARD, 2, 8, size.height // DOWNSCALE, size.width // DOWNSCALE), np.float16)
    for number, (scene, edit) in enumerate(pairs(size, shard)):
        pictures = [render(which, size.width, size.height) for which in (scene, edit.target)]
        latents[number] = encode(encoder, np.stack(pictures))
    path = shard_path(folder, size, shard)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        np.save(file, latents)
    unfinished.replace(path)
    return path.stem


@torch.no_grad()
def encode(encoder: Encoder, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Encode pictures [B, H, W, 3] to latents [B, 8, H/8, W/8]."""
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    latents: NDArray[np.float16] = encoder(images).half().numpy()
    return latents
