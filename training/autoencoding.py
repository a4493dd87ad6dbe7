"""Trains the autoencoder: all of it from nothing, or the decoder alone of one that is in use.

Once a denoiser was trained on an encoder's latents the encoder stays as it is, so that latents keep their
meaning; the decoder may still learn to draw them better.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from training.networks.autoencoder import Decoder, Encoder
from training.rendering import render
from training.scenes import random_scene
from training.weights import History, Nano, load, save

SHAPES = ((64, 64), (128, 128), (192, 192), (256, 256), (192, 128), (128, 192))
#: How often pictures of each shape are drawn: at 64 px every pixel counts.
OFTEN = (4, 1, 1, 1, 1, 1)
#: Crops are this many pixels a side, so that pictures of all sizes fit into one batch.
CROP, BATCH = 64, 24
#: Fresh pictures a step; each gives several crops.
PICTURES = 4
LEARNING_RATE, FINE_TUNING_RATE = 1.5e-3, 4e-4
#: Most noise on the latents.
SHAKE = 0.06


def train(source: Path | None, target: Path, minutes: float) -> None:
    """Train on crops of pictures of all sizes and print what was gained.

    With a `source` its decoder learns alone. Without one everything does, and the file that results has an
    untrained text encoder and denoiser.
    """
    torch.manual_seed(0)
    model = Nano()
    history = History() if source is None else load(source, model)
    encoder, decoder = (part.to(memory_format=torch.channels_last) for part in (model.encoder, model.decoder))
    encoder.requires_grad_(source is None)
    print(f"PSNR before, in dB: {reconstruction(encoder, decoder)}", flush=True)
    rng = Random("autoencoder")
    top_rate = LEARNING_RATE if source is None else FINE_TUNING_RATE
    parameters = [p for part in (encoder, decoder) for p in part.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=top_rate, betas=(0.9, 0.98))
    started, step = time.monotonic(), 0
    while (over := (time.monotonic() - started) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = top_rate * min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * over))
        image = _crops(rng)
        with torch.autocast("cpu", torch.bfloat16):
            latent = encoder(image).float()
            # The denoiser's latents are not exact either.
            decoded = decoder(latent + torch.randn_like(latent) * SHAKE * rng.random()).float()
        # Small latents, so that their noise cannot be outgrown.
        error = _error(decoded, image) + 1e-3 * (latent**2).mean()
        optimizer.zero_grad(set_to_none=True)
        error.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if step % 100 == 0:
            print(f"{step} steps, {step * BATCH / (time.monotonic() - started):.0f} crops/s", flush=True)
    if source is None:
        normalise(encoder, decoder)
    print(f"PSNR after, in dB: {reconstruction(encoder, decoder)}", flush=True)
    save(target, model, history)


@torch.no_grad()
def normalise(encoder: Encoder, decoder: Decoder, count: int = 200) -> None:
    """Make latents of pictures at 128 px have mean 0 and deviation 1 in every channel."""
    rng = Random("normalise")
    pictures = _images(np.stack([render(random_scene(rng)) for _ in range(count)]))
    raw = torch.cat([encoder.layers(part) for part in pictures.split(8)])
    mean, deviation = raw.mean((0, 2, 3), keepdim=True), raw.std((0, 2, 3), keepdim=True)
    for part in (encoder, decoder):
        part.mean.copy_(mean)
        part.deviation.copy_(deviation)


@torch.no_grad()
def reconstruction(encoder: Encoder, decoder: Decoder, count: int = 40) -> dict[str, float]:
    """Return the PSNR of held-out pictures after encoding and decoding, by size."""
    result = {}
    for width, height in SHAPES:
        rng = Random("reconstruction")
        pictures = np.stack([render(random_scene(rng), width, height) for _ in range(count)])
        images = _images(pictures)
        decoded = torch.cat([decoder(encoder(part)) for part in images.split(8)]).clamp(-1, 1)
        error = ((decoded - images) ** 2).mean().item()
        result[f"{width}x{height}"] = round(10 * math.log10(4 / error), 2)
    return result


def _error(decoded: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Weigh colours and, for sharp outlines, the differences of neighbours."""
    difference = decoded - image
    across, along = difference.diff(dim=-1).abs().mean(), difference.diff(dim=-2).abs().mean()
    return difference.abs().mean() + 0.6 * (across + along) + (difference**2).mean()


def _crops(rng: Random) -> torch.Tensor:
    crops = []
    for _ in range(PICTURES):
        width, height = rng.choices(SHAPES, OFTEN)[0]
        picture = render(random_scene(rng), width, height)
        for _ in range(BATCH // PICTURES):
            x, y = (rng.randrange(0, side - CROP + 1, 8) for side in (width, height))
            crops.append(picture[y : y + CROP, x : x + CROP])
    return _images(np.stack(crops)).contiguous(memory_format=torch.channels_last)


def _images(pictures: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
