"""Whether a denoiser listens to places and colours: its loss with the right words and with wrong ones.

Held-out pictures are made noisy, and their captions read with left and right exchanged, or other colours.
A model that listens predicts worse then. This tells within a minute what a drawing shows only much later.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import torch

from training.batches import Batch, padded
from training.captions import caption
from training.dataset import latents_folder, load_latents, pairs
from training.flow_matching import loss
from training.weights import Networks, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from training.dataset import DataSet
    from training.designs import Design

#: Where things are is decided in the last tenth.
TIMESTEPS = (0.8, 0.9, 0.97)
#: Samples in a forward pass.
PART = 64


@torch.no_grad()
def listen(data: DataSet, checkpoint: Path, device: torch.device) -> dict[str, list[float]]:
    """Return how much the mean loss of held-out pictures grows with wrong words, at each of `TIMESTEPS`.

    "unchanged" is the mean loss itself, with the right words.
    """
    design, size = data.design, data.sizes[0]
    model = Networks(design)
    load(checkpoint, model, design)
    model.eval().to(device)
    folder = latents_folder(data.work, checkpoint, design)
    every = pairs(design.world, size, 0)
    chosen = [
        number
        for number, (scene, edit) in enumerate(every)
        if edit.damage is None and any(thing.place != "center" for thing in scene.objects)
    ]
    rng, words = Random("listening"), design.vocabulary.tokenizer()
    said = [
        [word for word in words.encode(caption(every[number][0], rng, complete=True)).ids if word]
        for number in chosen
    ]
    latent = torch.from_numpy(load_latents(folder, size, 0)[chosen, 0]).float()
    noise = torch.randn(latent.shape, generator=torch.Generator().manual_seed(1))
    meanings: dict[str, Mapping[int, int]] = {"unchanged": {}, **_exchanges(design)}
    totals: dict[str, list[float]] = {}
    for name, exchange in meanings.items():
        ids = padded([[exchange.get(word, word) for word in row] for row in said])
        totals[name] = [_loss(model, latent, noise, ids, time, device) for time in TIMESTEPS]
    right = totals["unchanged"]
    return {
        name: values
        if name == "unchanged"
        else [value - best for value, best in zip(values, right, strict=True)]
        for name, values in totals.items()
    }


def _exchanges(design: Design) -> dict[str, Mapping[int, int]]:
    """Return words to say instead of others, by number."""
    number = {word: at for at, word in enumerate(design.vocabulary.words)}
    colors = design.world.colors
    turned = [*colors[3:], *colors[:3]]
    return {
        "left and right": {number["left"]: number["right"], number["right"]: number["left"]},
        "colors": {number[color]: number[other] for color, other in zip(colors, turned, strict=True)},
    }


def _loss(
    model: Networks,
    latent: torch.Tensor,
    noise: torch.Tensor,
    ids: torch.Tensor,
    time: float,
    device: torch.device,
) -> float:
    total = 0.0
    for start in range(0, len(latent), PART):
        part = slice(start, start + PART)
        shown = latent[part]
        everywhere = torch.ones_like(shown[:, :1])
        nothing = torch.zeros(len(shown), *shown.shape[2:], dtype=torch.int64)
        references = torch.zeros_like(shown).repeat(1, model.design.references, 1, 1)
        batch = Batch(shown, references, everywhere, ids[part], nothing, nothing).to(device)
        timestep = torch.full((len(shown),), time, device=device)
        total += loss(model, batch, timestep, noise[part].to(device)).sum().item()
    return total / len(latent)
