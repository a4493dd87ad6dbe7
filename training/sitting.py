"""One sitting of the denoiser's training: so many minutes, from the last weights to better ones.

Resumes from the averaged weights alone: the learning rate warms up, stays, and falls to zero by the end, so
that every sitting leaves a finished model.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import torch
import torch.distributed
from torch.utils.data import DataLoader

from training.batches import EDITING, TEXT_TO_IMAGE, Batch, Batches, held_out
from training.dataset import DataSet, latents_folder
from training.flow_matching import loss, timesteps
from training.weights import Networks, load, save

RECIPE = (
    f"scenes of training/scenes.py at 64, 128, 192, 256 px, 3:2 and 2:3; {TEXT_TO_IMAGE:.0%} text to image, "
    f"{EDITING:.0%} editing, the rest inpainting; plain squared error of the velocity, logit-normal "
    "timesteps, AdamW, averaged weights"
)
#: Weight of the past in the averaged weights.
AVERAGE = 0.9995
WARM_UP_STEPS = 300
#: Share of a sitting after which the learning rate falls.
PLATEAU = 0.5
REPORT_EVERY = 60.0
VALIDATE_EVERY = 240.0
#: Steps whose speed is the forecast of the rest.
TRIAL_STEPS = 12


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """What to do in a sitting."""

    #: Weights to start from.
    source: Path
    #: Where the averaged weights go, every few minutes and at the end.
    target: Path
    data: DataSet
    minutes: float
    device: torch.device
    batch: int
    learning_rate: float
    seed: int = 0
    #: Processes that prepare batches; 0 prepares them between the steps.
    workers: int = 0
    #: Processes that each compute a part of every batch on one core: faster than threads for small matrices.
    processes: int = 1


def train(sitting: Sitting) -> None:
    """Train for the given minutes; print progress and keep the averaged weights."""
    if sitting.processes == 1:
        _train(0, sitting)
        return
    with TemporaryDirectory() as meeting:
        torch.multiprocessing.spawn(_meet, (sitting, meeting), nprocs=sitting.processes)


def _meet(rank: int, sitting: Sitting, meeting: str) -> None:
    """Join the other processes, which find each other through a file."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo",
        init_method=(Path(meeting) / "rendezvous").absolute().as_uri(),
        rank=rank,
        world_size=sitting.processes,
        timeout=timedelta(minutes=10),
    )
    _train(rank, sitting)
    torch.distributed.destroy_process_group()


def _train(rank: int, sitting: Sitting) -> None:
    data, design = sitting.data, sitting.data.design
    model = Networks(design)
    before = load(sitting.source, model, design)
    torch.manual_seed(sitting.seed)
    model.to(sitting.device)
    averaged = copy.deepcopy(model).requires_grad_(False).eval()
    # Computing with copies of half the size is faster than having every step convert them; what is learned in
    # a step may be too little for them, and is added to the full weights.
    half = copy.deepcopy(model).bfloat16()
    parameters, averages, halves = _trained(model), _trained(averaged), _trained(half)
    optimizer = torch.optim.AdamW(
        parameters, lr=sitting.learning_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    folder = latents_folder(data.work, sitting.source, design)
    validation = {
        size.name: held_out(folder, data, size, 128 if size is data.sizes[0] else 32) for size in data.sizes
    }
    # Going on from more samples means other batches and other noise.
    seed = f"{sitting.seed} {before.samples}"
    batches = iter(
        DataLoader(
            Batches(folder, data, sitting.batch / sitting.processes, seed, rank),
            batch_size=None,
            num_workers=sitting.workers,
            pin_memory=sitting.device.type == "cuda",
        )
    )
    generator = torch.Generator(sitting.device).manual_seed(Random(f"{seed} {rank} noise").getrandbits(63))
    samples, steps, over, smooth = 0, 0, 0.0, math.nan
    started = reported = validated = time.monotonic()
    if rank == 0:
        print(f"validation before: {_validate(averaged, validation, sitting.device)}", flush=True)
    while over < 1:
        rate = sitting.learning_rate * _schedule(steps, over)
        emphasis = _emphasis(over)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = next(batches)
        count = len(batch.latent)
        noise = torch.randn(batch.latent.shape, generator=generator, device=sitting.device)
        timestep = timesteps(count, design.shift, generator)
        error = loss(half, batch.to(sitting.device), timestep, noise, emphasis).mean()
        error.backward()
        for parameter, copied in zip(parameters, halves, strict=True):
            parameter.grad = None if copied.grad is None else copied.grad.float()
            copied.grad = None
        over = (time.monotonic() - started) / (sitting.minutes * 60)
        if sitting.processes > 1:
            over = _share(parameters, over, sitting.processes)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_copy_(halves, parameters)
        steps, samples = steps + 1, samples + count * sitting.processes
        if rank != 0:
            continue
        with torch.no_grad():
            torch._foreach_lerp_(averages, parameters, 1 - min(AVERAGE, (1 + steps) / (20 + steps)))
        now = time.monotonic()
        speed = samples / (now - started)
        history = replace(before, samples=before.samples + samples, recipe=RECIPE)
        if steps == TRIAL_STEPS:
            forecast = speed * sitting.minutes * 60
            print(
                f"{speed:.0f} samples/s: about {forecast:.0f} samples in {sitting.minutes:g} min", flush=True
            )
        if now - reported >= REPORT_EVERY:
            value = error.item()
            smooth = value if math.isnan(smooth) else 0.8 * smooth + 0.2 * value
            print(
                f"{(now - started) / 60:.1f} min, {history.samples} samples in all, {speed:.0f}/s, "
                f"loss {smooth:.3f}, learning rate {rate:.1e}",
                flush=True,
            )
            reported = now
        if now - validated >= VALIDATE_EVERY or over >= 1:
            save(sitting.target, averaged, design, history)
            print(
                f"validation after {history.samples}: {_validate(averaged, validation, sitting.device)}",
                flush=True,
            )
            validated = now


def _trained(model: Networks) -> list[torch.nn.Parameter]:
    """Return what a sitting trains: everything but the autoencoder."""
    parts = (model.text_encoder, model.denoiser, model.layout)
    return [parameter for part in parts if part is not None for parameter in part.parameters()]


def _share(parameters: list[torch.nn.Parameter], over: float, processes: int) -> float:
    """Average the gradients of all processes; return how much of the sitting is over, on average.

    The time travels along so that all processes lower the learning rate and stop at the same step.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([*(gradient.flatten() for gradient in gradients), torch.tensor([over])])
    torch.distributed.all_reduce(flat)
    flat /= processes
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()
    return flat[-1].item()


def _schedule(step: int, share: float) -> float:
    """Return the part of the learning rate at a step, `share` of the sitting being over."""
    warm_up = min(1.0, (step + 1) / WARM_UP_STEPS)
    falling = max(0.0, (share - PLATEAU) / (1 - PLATEAU))
    return warm_up * 0.5 * (1 + math.cos(math.pi * min(1.0, falling)))


def _emphasis(share: float) -> float:
    """Return how much objects are made of in the loss: 1 while the learning rate stays, then down to 0.

    It is 0 from halfway down, so that every sitting ends with a plain squared error.
    """
    falling = max(0.0, (share - PLATEAU) / (1 - PLATEAU))
    return max(0.0, 1 - 2 * falling)


@torch.no_grad()
def _validate(model: Networks, validation: dict[str, Batch], device: torch.device) -> str:
    """Return the mean loss at each size, on the same samples, timesteps and noise every time."""
    parts = []
    for name, batch in validation.items():
        count = len(batch.latent)
        noise = torch.randn(batch.latent.shape, generator=torch.Generator().manual_seed(5))
        # Spread evenly, and in an order that does not follow the samples'.
        timestep = ((torch.arange(count) * 37 % count) + 0.5) / count
        error = loss(model, batch.to(device), timestep.to(device), noise.to(device)).mean().item()
        parts.append(f"{name} {error:.4f}")
    return ", ".join(parts)
