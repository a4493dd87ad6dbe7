"""Draws with the embedded engine and its defaults, many prompts at a time: what is judged is what ships."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from atelier.engine.diffusion.denoiser import Denoiser
from atelier.engine.diffusion.sampling import Sampling, sample
from atelier.engine.diffusion.text_encoder import TextEncoder
from atelier.engine.diffusion.vae import Vae
from atelier.engine.values import Conditioning, Latent, Model
from atelier.workflows.model_sets import NANO
from training.designs import Design
from training.export import file_name
from training.networks.autoencoder import DOWNSCALE

Floats = NDArray[np.float32]
Pictures = list[NDArray[np.uint8]]

#: Guidance for edits, where the engine's defaults have one of its own.
EDIT_CFG = NANO.edit_cfg or NANO.cfg


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to draw: one picture for each prompt."""

    prompts: list[str]
    width: int = 128
    height: int = 128
    steps: int = NANO.steps
    #: Weight of classifier-free guidance.
    cfg: float = NANO.cfg
    sampler: str = NANO.sampler_name
    scheduler: str = NANO.scheduler
    seed: int = 0
    #: Latents of pictures to look at, one behind the other, [B, R * C, H/8, W/8]; the first is edited.
    reference: Floats | None = None
    #: Latents of pictures to start from, and how much of the way to noise to go back.
    start: Floats | None = None
    denoise: float = 1.0
    #: Where to draw anew in the pictures to start from, [B, 1, H/8, W/8].
    mask: Floats | None = None


class Shipped:
    """The three files of the embedded engine, in the engine's own hands."""

    def __init__(self, design: Design, weights: Path, threads: int | None = None) -> None:
        self.design, name = design, file_name(design)
        self.text_encoder = TextEncoder(weights / "text_encoders" / name, threads=threads)
        self.model = Model(denoiser=Denoiser(weights / "diffusion_models" / name, threads=threads))
        self.vae = Vae(weights / "vae" / name, threads=threads)

        #: Bytes of the three files.
        self.size = sum(
            (weights / folder / name).stat().st_size
            for folder in ("text_encoders", "diffusion_models", "vae")
        )

    def encode(self, pictures: Pictures) -> Floats:
        """Return the latents of pictures [H, W, 3] of one size, [B, 8, H/8, W/8]."""
        return self.vae.encode(np.stack(pictures).astype(np.float32) / np.float32(255))

    def draw(self, request: Request) -> Pictures:
        """Draw one picture for each prompt, [H, W, 3]."""
        count = len(request.prompts)
        channels = self.design.latent_channels
        shape = (count, channels, request.height // DOWNSCALE, request.width // DOWNSCALE)
        slots = self.design.references
        references = () if request.reference is None else tuple(np.split(request.reference, slots, 1))
        latent = sample(
            self.model,
            self._conditioning(request.prompts, references),
            self._conditioning([""] * count, references),
            Latent(
                samples=np.zeros(shape, np.float32) if request.start is None else request.start,
                noise_mask=request.mask,
            ),
            Sampling(
                seed=request.seed,
                steps=request.steps,
                cfg=request.cfg,
                sampler=request.sampler,
                scheduler=request.scheduler,
                denoise=request.denoise,
            ),
            _nobody_watches,
        )
        return self.decode(latent.samples)

    def decode(self, latents: Floats) -> Pictures:
        """Return the pictures [H, W, 3] of latents."""
        return list((self.vae.decode(latents) * 255).round().astype(np.uint8))

    def _conditioning(self, prompts: list[str], references: tuple[Floats, ...]) -> Conditioning:
        each = [self.text_encoder.encode(prompt).conditioning for prompt in prompts]
        return Conditioning(
            tokens=np.concatenate([one.tokens for one in each]),
            pooled=np.concatenate([one.pooled for one in each]),
            tokens_mask=np.concatenate([one.tokens_mask for one in each]),
            references=references,
        )


def _nobody_watches(step: int, steps: int, denoised: Floats) -> None:
    """Take the news of a step."""


def paste_back(source: Pictures, drawn: Pictures, mask: Floats) -> Pictures:
    """Keep the source's pixels outside the masks [B, 1, H/8, W/8]."""
    pixels = mask[:, 0].repeat(DOWNSCALE, 1).repeat(DOWNSCALE, 2)[..., None] > 0.5
    return [np.where(*parts) for parts in zip(pixels, drawn, source, strict=True)]
