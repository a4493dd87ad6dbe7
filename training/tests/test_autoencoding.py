from __future__ import annotations

from random import Random

import numpy as np
import torch

from training.autoencoding import normalise, reconstruction
from training.dataset import encode
from training.rendering import render
from training.scenes import random_scene
from training.weights import Nano


def test_latents_have_mean_0_and_deviation_1_once_normalised() -> None:
    torch.manual_seed(0)
    model = Nano().eval()
    normalise(model.encoder, model.decoder, count=24)
    rng = Random(8)
    latents = encode(model.encoder, np.stack([render(random_scene(rng)) for _ in range(24)])).astype(float)
    assert abs(latents.mean((0, 2, 3))).max() < 0.5
    assert abs(latents.std((0, 2, 3)) - 1).max() < 0.3


def test_an_untrained_autoencoder_reconstructs_badly_at_every_size() -> None:
    model = Nano().eval()
    assert all(5 < quality < 20 for quality in reconstruction(model.encoder, model.decoder, count=2).values())
