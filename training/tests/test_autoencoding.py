from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from training.autoencoding import Lesson, normalise, reconstruction, train
from training.dataset import encode
from training.designs import NANO
from training.rendering import render
from training.scenes import random_scene
from training.weights import History, Networks, save
from training.worlds import SMALL


def test_latents_have_mean_0_and_deviation_1_once_normalised() -> None:
    torch.manual_seed(0)
    model = Networks(NANO).eval()
    normalise(model.encoder, model.decoder, SMALL, count=24)
    rng = Random(8)
    latents = encode(model.encoder, np.stack([render(random_scene(rng, SMALL)) for _ in range(24)])).astype(
        float
    )
    assert abs(latents.mean((0, 2, 3))).max() < 0.5
    assert abs(latents.std((0, 2, 3)) - 1).max() < 0.3


def test_an_untrained_autoencoder_reconstructs_badly_at_every_size() -> None:
    model = Networks(NANO).eval()
    assert all(
        5 < quality < 20 for quality in reconstruction(model.encoder, model.decoder, SMALL, count=2).values()
    )


def test_an_encoder_that_a_denoiser_knows_learns_no_more(tmp_path: Path) -> None:
    path = tmp_path / "nano.safetensors"
    save(path, Networks(NANO), NANO, History(samples=1))
    lesson = Lesson(design=NANO, source=path, target=path, minutes=1, device=torch.device("cpu"), whole=True)
    with pytest.raises(ValueError, match="stays as it is"):
        train(lesson)
