from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from training.batches import Batch, inpainting, padded, painted
from training.dataset import SIZES, Size
from training.flow_matching import loss, timesteps
from training.networks.classifier import Classifier
from training.networks.positions import ScenePositions
from training.scenes import random_scene
from training.vocabulary import LENGTH, WORDS
from training.weights import History, Nano, load, save

SQUARE = Size(width=128, height=128, share=0, batch=1, shards=0)


def batch(height: int, width: int) -> Batch:
    latent = torch.randn(2, 8, height, width)
    return Batch(latent, latent * 0, torch.ones(2, 1, height, width), padded([[3, 4, 5], [2]]))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 24), (24, 16), (32, 32)])
def test_a_step_of_training_lowers_the_loss_at_every_size(height: int, width: int) -> None:
    torch.manual_seed(0)
    model, data = Nano(), batch(height, width)
    noise, timestep = torch.randn_like(data.latent), torch.tensor([0.3, 0.8])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    before = loss(model, data, timestep, noise).mean()
    for _ in range(4):
        optimizer.zero_grad()
        loss(model, data, timestep, noise).mean().backward()
        optimizer.step()
    assert loss(model, data, timestep, noise).mean() < before


def test_padding_changes_nothing() -> None:
    model = Nano().eval()
    short, long = torch.tensor([[5, 6]]), torch.zeros(1, LENGTH, dtype=torch.int64)
    long[:, :2] = short
    assert torch.allclose(model.text_encoder(short).pooled, model.text_encoder(long).pooled, atol=1e-6)


def test_the_middle_of_a_picture_has_one_position_at_every_size() -> None:
    positions = ScenePositions(16)

    def middle(rows: int, columns: int) -> torch.Tensor:
        table = positions(torch.arange(1.0, rows + 1), torch.arange(1.0, columns + 1))
        return table.view(rows, columns, -1)[rows // 2, columns // 2]

    assert torch.allclose(middle(5, 5), middle(11, 5), atol=1e-5)
    assert torch.allclose(middle(5, 5), middle(7, 9), atol=1e-5)


def test_weights_survive_a_round_trip_in_half_precision(tmp_path: Path) -> None:
    model, again = Nano(), Nano()
    save(tmp_path / "nano.safetensors", model, History(samples=7, recipe="test"))
    assert load(tmp_path / "nano.safetensors", again) == History(samples=7, recipe="test")
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-2)


def test_weights_for_other_words_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "nano.safetensors", Nano(), History())
    monkeypatch.setattr("training.weights.WORDS", tuple(reversed(WORDS)))
    with pytest.raises(ValueError, match="appended"):
        load(tmp_path / "nano.safetensors", Nano())


def test_timesteps_lie_between_picture_and_noise() -> None:
    drawn = timesteps(4000, torch.Generator().manual_seed(0))
    assert 0 <= drawn.min() < 0.05
    assert 0.95 < drawn.max() <= 1
    assert abs(drawn.mean() - 0.5) < 0.02


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_inpainting_masks_leave_something_and_take_something(size: Size) -> None:
    rng = Random(1)
    for _ in range(200):
        mask, prompt = inpainting(random_scene(rng), size, rng)
        assert mask.shape == (size.height // 8, size.width // 8)
        assert 0 < mask.sum() < mask.size
        assert prompt


def test_a_box_is_painted_where_it_is() -> None:
    mask = painted(SQUARE, (0.25, 0.5, 0.75, 1.0))
    assert np.array_equal(np.argwhere(mask)[[0, -1]], [[8, 4], [15, 11]])
    assert mask.sum() == 64


def test_the_judge_takes_its_own_size() -> None:
    assert [score.shape[0] for score in Classifier()(torch.zeros(3, 3, 64, 64))] == [3] * 24
