"""Fit the factors of latent previews (engine/diffusion/previews.py) to the shipped weights, and print them.

    python scripts/fit_latent_previews.py nano
    python scripts/fit_latent_previews.py mini packages/mini/src/atelier_mini/weights

Draws scenes with the shipped model and solves, by least squares, for the colour of each latent cell.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import numpy as np

from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.diffusion.sampling import Sampling, sample
from atelier.engine.folders import WEIGHTS, Folders
from atelier.engine.values import Latent, Model

SKIES = ("during the day", "at night", "at sunset", "on a stormy day")
LANDS = ("mountains", "the sea", "green hills", "a desert", "snow")
STYLES = ("a flat illustration", "a watercolor painting", "a pixel art picture")


def main(model_name: str, *folders: str) -> None:
    models = ModelFiles(Folders(base=Path.cwd(), models=(WEIGHTS, *map(Path, folders))))
    names = models.checkpoint(f"atelier_{model_name}.json")
    model = Model(denoiser=models.diffusion_model(names.diffusion_model))
    encoder, vae = models.text_encoder(names.text_encoder), models.vae(names.vae)
    nothing = encoder.encode("").conditioning
    cells, colours = [], []
    for seed, (style, land, sky) in enumerate(product(STYLES, LANDS, SKIES)):
        latent = sample(
            model,
            encoder.encode(f"{style} of {land} {sky}").conditioning,
            nothing,
            Latent(samples=np.zeros((1, model.denoiser.channels, 16, 16), np.float32)),
            Sampling(seed=seed, steps=8, cfg=4.0, sampler="euler", scheduler="simple"),
            lambda done, steps, denoised: None,
        ).samples
        pixels = vae.decode(latent)[0] * 2 - 1
        cells.append(latent[0].transpose(1, 2, 0).reshape(-1, model.denoiser.channels))
        colours.append(pixels.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3)).reshape(-1, 3))
    known, wanted = np.concatenate(cells), np.concatenate(colours)
    known = np.column_stack([known, np.ones(len(known), np.float32)])
    factors, *_ = np.linalg.lstsq(known, wanted, rcond=None)
    for row in factors:
        print(f"        [{', '.join(f'{each:.4f}' for each in row)}],")
    print(f"mean error of a colour: {np.abs(known @ factors - wanted).mean():.4f} of 2")


if __name__ == "__main__":
    main(*sys.argv[1:])
