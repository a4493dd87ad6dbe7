"""Trains the autoencoder: all of it from nothing, or the decoder alone of one that is in use.

Once a denoiser was trained on an encoder's latents the encoder stays as it is, so that latents keep their
meaning; the decoder may still learn to draw them better.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.rendering import render
from training.scenes import random_scene
from training.weights import History, Networks, load, save

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.designs import Design
    from training.networks.autoencoder import Decoder, Encoder
    from training.worlds import World

SHAPES = ((64, 64), (128, 128), (192, 192), (256, 256), (192, 128), (128, 192))
#: How often pictures of each shape are drawn: at 64 px every pixel counts.
OFTEN = (4, 1, 1, 1, 1, 1)
#: Styles of thin lines, which are the hardest to keep, and the share of pictures that have one of them.
LINES, LINED = ("sketch", "cartoon", "blueprint"), 0.45
#: Crops are this many pixels a side, so that pictures of all sizes fit into one batch.
CROP, BATCH = 64, 24
#: Fresh pictures a step; each gives several crops.
PICTURES = 4
LEARNING_RATE, FINE_TUNING_RATE = 1.5e-3, 4e-4
#: Most noise on the latents.
SHAKE = 0.06


#: Batches of crops in a step on a GPU.
GPU_BATCHES = 8
SAVE_EVERY = 240.0


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What to do in a sitting of the autoencoder."""

    design: Design
    #: Weights to go on from; None for a new model, whose text encoder and denoiser stay untrained.
    source: Path | None
    #: Where the weights go, every few minutes and at the end.
    target: Path
    minutes: float
    device: torch.device
    #: Whether the encoder learns too, before a denoiser was trained on its latents.
    whole: bool
    #: Processes that draw pictures; 0 draws them between the steps.
    workers: int = 0


def train(lesson: Lesson) -> None:
    """Train on crops of pictures of all sizes and print what was gained.

    Raises ValueError when the encoder of a model should learn whose denoiser knows its latents.
    """
    torch.manual_seed(0)
    design, device = lesson.design, lesson.device
    model = Networks(design)
    history = History() if lesson.source is None else load(lesson.source, model, design)
    if lesson.whole and history.samples:
        raise ValueError(f"The denoiser of {lesson.source} was trained: its encoder stays as it is.")
    encoder, decoder = (
        part.to(device, memory_format=torch.channels_last) for part in (model.encoder, model.decoder)
    )
    encoder.requires_grad_(lesson.whole)
    print(f"PSNR before, in dB: {reconstruction(encoder, decoder, design.world)}", flush=True)
    rng = Random("autoencoder")
    top_rate = LEARNING_RATE if lesson.source is None else FINE_TUNING_RATE
    parameters = [p for part in (encoder, decoder) for p in part.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=top_rate, betas=(0.9, 0.98))
    crops = DataLoader(
        # Every sitting sees other pictures.
        Crops(design.world, time.time_ns()),
        batch_size=None if device.type == "cpu" else GPU_BATCHES,
        num_workers=lesson.workers,
    )
    started = saved = time.monotonic()
    for step, batch in enumerate(crops):
        over = (time.monotonic() - started) / (lesson.minutes * 60)
        if over >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = top_rate * min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * over))
        image = batch.to(device).view(-1, 3, CROP, CROP).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            latent = encoder(image).float()
            # The denoiser's latents are not exact either.
            decoded = decoder(latent + torch.randn_like(latent) * SHAKE * rng.random()).float()
        # Small latents, so that their noise cannot be outgrown.
        error = _error(decoded, image) + 1e-3 * (latent**2).mean()
        optimizer.zero_grad(set_to_none=True)
        error.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        if step % 100 == 99:
            speed = (step + 1) * len(image) / (time.monotonic() - started)
            print(f"{step + 1} steps, {speed:.0f} crops/s, error {error.item():.4f}", flush=True)
        if time.monotonic() - saved >= SAVE_EVERY:
            save(lesson.target, model, design, history)
            saved = time.monotonic()
    if lesson.whole:
        normalise(encoder, decoder, design.world)
    print(f"PSNR after, in dB: {reconstruction(encoder, decoder, design.world)}", flush=True)
    save(lesson.target, model, design, history)


@torch.no_grad()
def normalise(encoder: Encoder, decoder: Decoder, world: World, count: int = 200) -> None:
    """Make latents of pictures at 128 px have mean 0 and deviation 1 in every channel."""
    rng = Random("normalise")
    pictures = _images(np.stack([render(random_scene(rng, world)) for _ in range(count)]))
    raw = torch.cat([encoder.layers(part.to(encoder.mean.device)) for part in pictures.split(8)])
    mean, deviation = raw.mean((0, 2, 3), keepdim=True), raw.std((0, 2, 3), keepdim=True)
    for part in (encoder, decoder):
        part.mean.copy_(mean)
        part.deviation.copy_(deviation)


@torch.no_grad()
def reconstruction(encoder: Encoder, decoder: Decoder, world: World, count: int = 40) -> dict[str, float]:
    """Return the PSNR of held-out pictures after encoding and decoding, by size."""
    result = {}
    for width, height in SHAPES:
        rng = Random("reconstruction")
        pictures = np.stack([render(random_scene(rng, world), width, height) for _ in range(count)])
        images = _images(pictures).to(encoder.mean.device)
        decoded = torch.cat([decoder(encoder(part)) for part in images.split(8)]).clamp(-1, 1)
        error = ((decoded - images) ** 2).mean().item()
        result[f"{width}x{height}"] = round(10 * math.log10(4 / error), 2)
    return result


class Crops(IterableDataset[torch.Tensor]):
    """An endless stream of batches of crops, [BATCH, 3, CROP, CROP], of fresh pictures of all sizes."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.seed = world, seed

    def __iter__(self) -> Iterator[torch.Tensor]:
        worker = get_worker_info()
        rng = Random(f"{self.seed} {worker.id if worker else 0}")
        while True:
            yield self._batch(rng)

    def _batch(self, rng: Random) -> torch.Tensor:
        crops = []
        for _ in range(PICTURES):
            width, height = rng.choices(SHAPES, OFTEN)[0]
            scene = random_scene(rng, self.world)
            if rng.random() < LINED:
                scene = replace(scene, style=rng.choice([s for s in LINES if s in self.world.styles]))
            picture = render(scene, width, height)
            for _ in range(BATCH // PICTURES):
                x, y = (rng.randrange(0, side - CROP + 1, 8) for side in (width, height))
                crops.append(picture[y : y + CROP, x : x + CROP])
        return _images(np.stack(crops))


def _error(decoded: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Weigh colours, for sharp outlines the differences of neighbours, and most what is far off."""
    difference = decoded - image
    across, along = difference.diff(dim=-1).abs().mean(), difference.diff(dim=-2).abs().mean()
    return difference.abs().mean() + 0.3 * (across + along) + 10 * (difference**2).mean()


def _images(pictures: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
