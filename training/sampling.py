"""Draws with the exported model, as it ships: ONNX Runtime and Euler steps of the flow, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from atelier.engine.tokenizer import Tokenizer
from training.export import NAME, WEIGHTS
from training.networks.autoencoder import DOWNSCALE
from training.networks.denoiser import LATENT_CHANNELS

Floats = NDArray[np.float32]
Pictures = list[NDArray[np.uint8]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to draw: one picture for each prompt."""

    prompts: list[str]
    width: int = 128
    height: int = 128
    steps: int = 20
    #: Weight of classifier-free guidance.
    cfg: float = 4.0
    seed: int = 0
    #: Latents that the model is told, [B, 8, H/8, W/8]: sources of edits, surroundings of inpainting.
    reference: Floats | None = None
    #: 1 where something new is drawn, [B, 1, H/8, W/8].
    mask: Floats | None = None
    #: Latents to start from, and how much of the way to noise to go back.
    start: Floats | None = None
    denoise: float = 1.0


class Shipped:
    """The three ONNX files of the embedded engine."""

    def __init__(self, weights: Path = WEIGHTS, threads: int = 0) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads

        def session(folder: str) -> ort.InferenceSession:
            path = str(weights / folder / NAME)
            return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        self.text_encoder = session("text_encoders")
        self.denoiser = session("diffusion_models")
        self.autoencoder = session("vae")
        metadata = self.text_encoder.get_modelmeta().custom_metadata_map
        self.tokenizer = Tokenizer.from_json(metadata["atelier.vocabulary"])

    def encode(self, pictures: Pictures) -> Floats:
        """Return the latents of pictures [H, W, 3] of one size, [B, 8, H/8, W/8]."""
        images = np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
        return self._autoencoder(images, decode=False)

    def decode(self, latents: Floats) -> Pictures:
        """Return the pictures of latents."""
        images = self._autoencoder(latents, decode=True).transpose(0, 2, 3, 1)
        return list(((images + 1) * 127.5).round().clip(0, 255).astype(np.uint8))

    def draw(self, request: Request) -> Pictures:
        """Integrate the flow from noise to pictures with Euler's method."""
        count = len(request.prompts)
        shape = (count, LATENT_CHANNELS, request.height // DOWNSCALE, request.width // DOWNSCALE)
        noise = np.random.default_rng(request.seed).standard_normal(shape, dtype=np.float32)
        times = np.linspace(1, 0, request.steps + 1, dtype=np.float32)
        latent = noise
        if request.start is not None:
            times = times * request.denoise
            latent = (1 - times[0]) * request.start + times[0] * noise
        reference = np.zeros(shape, np.float32) if request.reference is None else request.reference
        mask = np.ones((count, 1, *shape[2:]), np.float32) if request.mask is None else request.mask
        words = self._words([*request.prompts, *[""] * count])
        told = {"reference": _twice(reference), "mask": _twice(mask), **words}
        for now, then in pairwise(times):
            timestep = np.full(2 * count, now, np.float32)
            (velocity,) = self.denoiser.run(None, {"latent": _twice(latent), "timestep": timestep, **told})
            with_prompt, without = velocity[:count], velocity[count:]
            latent = latent + (then - now) * (without + request.cfg * (with_prompt - without))
        return self.decode(latent)

    def _words(self, prompts: list[str]) -> dict[str, Floats]:
        ids = np.array([self.tokenizer.encode(prompt).ids for prompt in prompts], np.int64)
        tokens, pooled, mask = self.text_encoder.run(None, {"ids": ids})
        return {"tokens": tokens, "pooled": pooled, "tokens_mask": mask}

    def _autoencoder(self, values: Floats, *, decode: bool) -> Floats:
        parts = [
            self.autoencoder.run(None, {"decode": np.array(decode), "input": values[start : start + 16]})[0]
            for start in range(0, len(values), 16)
        ]
        return np.concatenate(parts)


def _twice(values: Floats) -> Floats:
    return np.concatenate([values, values])


def paste_back(source: Pictures, drawn: Pictures, mask: Floats) -> Pictures:
    """Keep the source's pixels outside the masks [B, 1, H/8, W/8]."""
    pixels = mask[:, 0].repeat(DOWNSCALE, 1).repeat(DOWNSCALE, 2)[..., None] > 0.5
    return [np.where(*parts) for parts in zip(pixels, drawn, source, strict=True)]
