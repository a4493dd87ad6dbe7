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
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from training.damage import damaged
from training.edits import Edit, random_edit
from training.rendering import render
from training.scenes import Scene, random_scene
from training.weights import Networks, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from training.designs import Design
    from training.networks.autoencoder import Encoder
    from training.sizes import Size
    from training.worlds import World

#: Pairs in a shard.
SHARD = 500


def pairs(world: World, size: Size, shard: int) -> list[tuple[Scene, Edit]]:
    """Think of the scenes of a shard, each with an edit."""
    rng = Random(f"{size.name} shard {shard}")
    scenes = []
    for _ in range(SHARD):
        scene = random_scene(rng, world)
        scenes.append((scene, random_edit(scene, rng)))
    return scenes


def latents_folder(work: Path, checkpoint: Path, design: Design) -> Path:
    """Return where the latents of this checkpoint's encoder lie."""
    model = Networks(design)
    load(checkpoint, model, design)
    digest = hashlib.blake2b(digest_size=6)
    for value in model.encoder.state_dict().values():
        digest.update(value.half().numpy().tobytes())
    return work / f"latents-{digest.hexdigest()}"


def shard_path(folder: Path, size: Size, shard: int) -> Path:
    """Return the file of a shard's latents: float16 [SHARD, 1 + R, C, height / 8, width / 8].

    The first is picture 1, the second the target of its edit, and further ones are pictures 2 to R.
    """
    return folder / f"{size.name}-{shard:03}.npy"


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Which pictures a model learns from, and where they lie."""

    design: Design
    sizes: tuple[Size, ...]
    work: Path


def prepare(data: DataSet, checkpoint: Path, processes: int, device: torch.device) -> None:
    """Render and encode every shard that is not there yet, with a line for each as it is done.

    On the CPU every process encodes what it renders; a GPU encodes what all of them render.
    """
    folder = latents_folder(data.work, checkpoint, data.design)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [
        (size, shard)
        for size in data.sizes
        for shard in range(size.shards)
        if not shard_path(folder, size, shard).exists()
    ]
    started = time.monotonic()
    on_cpu = device.type == "cpu"
    # What has begun to use a GPU must not be forked.
    with ProcessPoolExecutor(processes, mp_context=None if on_cpu else get_context("spawn")) as pool:
        if on_cpu:
            tasks = [pool.submit(_make_shard, folder, checkpoint, data.design, *one) for one in missing]
            names: Iterator[str] = (task.result() for task in as_completed(tasks))
        else:
            names = _encode_all(pool, folder, checkpoint, data.design, missing, processes, device)
        for done, name in enumerate(names, 1):
            seconds = time.monotonic() - started
            print(f"shard {name}: {done} of {len(missing)} after {seconds:.0f} s", flush=True)


def load_latents(folder: Path, size: Size, shard: int) -> NDArray[np.float16]:
    """Read a shard's latents.

    Raises FileNotFoundError when they were not prepared.
    """
    latents: NDArray[np.float16] = np.load(shard_path(folder, size, shard))
    return latents


def _encode_all(
    pool: Executor,
    folder: Path,
    checkpoint: Path,
    design: Design,
    missing: list[tuple[Size, int]],
    processes: int,
    device: torch.device,
) -> Iterator[str]:
    """Encode shards on `device` as they are rendered, a few of them at a time."""
    encoder = _encoder(checkpoint, design).to(device)
    for start in range(0, len(missing), processes):
        part = missing[start : start + processes]
        for (size, shard), pictures in zip(
            part, pool.map(render_shard, *zip(*((design, *one) for one in part), strict=True)), strict=True
        ):
            yield _store(folder, size, shard, _encode_shard(encoder, pictures, batch=64))


def _make_shard(folder: Path, checkpoint: Path, design: Design, size: Size, shard: int) -> str:
    torch.set_num_threads(1)
    encoder = _encoder(checkpoint, design).to(memory_format=torch.channels_last)
    return _store(folder, size, shard, _encode_shard(encoder, render_shard(design, size, shard), batch=8))


def _encoder(checkpoint: Path, design: Design) -> Encoder:
    model = Networks(design)
    load(checkpoint, model, design)
    return model.encoder.eval()


#: The pictures of a shard in a row, and the number of the pair and of the picture of each.
Rendered = tuple[NDArray[np.uint8], list[tuple[int, int]], int]


def render_shard(design: Design, size: Size, shard: int) -> Rendered:
    """Draw every picture of a shard; pairs have up to as many as the model has references, and the target."""
    pictures, places = [], []
    for number, (scene, edit) in enumerate(pairs(design.world, size, shard)):
        first = render(scene, size.width, size.height)
        if edit.damage is not None:
            first = damaged(first, edit.damage)
        rest = [render(which, size.width, size.height) for which in (edit.target, *edit.others)]
        for slot, picture in enumerate((first, *rest)):
            pictures.append(picture)
            places.append((number, slot))
    return np.stack(pictures), places, 1 + design.references


def _encode_shard(encoder: Encoder, rendered: Rendered, batch: int) -> NDArray[np.float16]:
    pictures, places, slots = rendered
    parts = [encode(encoder, pictures[start : start + batch]) for start in range(0, len(pictures), batch)]
    flat = np.concatenate(parts)
    latents = np.zeros((SHARD, slots, *flat.shape[1:]), np.float16)
    for place, latent in zip(places, flat, strict=True):
        latents[place] = latent
    return latents


def _store(folder: Path, size: Size, shard: int, latents: NDArray[np.float16]) -> str:
    path = shard_path(folder, size, shard)
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as file:
        np.save(file, latents)
    unfinished.replace(path)
    return path.stem


@torch.no_grad()
def encode(encoder: Encoder, pictures: NDArray[np.uint8]) -> NDArray[np.float16]:
    """Encode pictures [B, H, W, 3] to latents [B, C, H/8, W/8]."""
    images = torch.from_numpy(pictures).to(encoder.mean.device).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.autocast(images.device.type, torch.bfloat16):
        latents: NDArray[np.float16] = encoder(images).half().cpu().numpy()
    return latents
