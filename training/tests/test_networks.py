from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from training.batches import Batch, inpainting, padded, painted
from training.designs import NANO, Design
from training.flow_matching import loss, timesteps
from training.networks.classifier import Classifier
from training.networks.layout import Layout
from training.networks.positions import ScenePositions
from training.scenes import random_scene
from training.sizes import FEW, Size
from training.tests.designs import QUICK
from training.weights import History, Networks, load, save
from training.worlds import SMALL

SQUARE = Size(width=128, height=128, share=0, batch=1, shards=0)


def batch(design: Design, height: int, width: int) -> Batch:
    latent = torch.randn(2, design.latent_channels, height, width)
    references = latent.repeat(1, design.references, 1, 1) * 0
    everywhere = torch.ones(2, 1, height, width)
    nothing = torch.zeros(2, height, width, dtype=torch.int64)
    return Batch(latent, references, everywhere, padded([[3, 4, 5], [2]]), nothing, nothing)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 24), (24, 16), (32, 32)])
@pytest.mark.parametrize("design", [NANO, QUICK], ids=lambda design: design.name)
def test_a_step_of_training_lowers_the_loss_at_every_size(design: Design, height: int, width: int) -> None:
    torch.manual_seed(0)
    model, data = Networks(design), batch(design, height, width)
    noise, timestep = torch.randn_like(data.latent), torch.tensor([0.3, 0.8])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    before = loss(model, data, timestep, noise).mean()
    for _ in range(4):
        optimizer.zero_grad()
        loss(model, data, timestep, noise).mean().backward()
        optimizer.step()
    assert loss(model, data, timestep, noise).mean() < before


def test_padding_changes_nothing() -> None:
    model = Networks(NANO).eval()
    short, long = torch.tensor([[5, 6]]), torch.zeros(1, NANO.vocabulary.length, dtype=torch.int64)
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
    model, again = Networks(NANO), Networks(NANO)
    save(tmp_path / "nano.safetensors", model, NANO, History(samples=7, recipe="test"))
    assert load(tmp_path / "nano.safetensors", again, NANO) == History(samples=7, recipe="test")
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-2)


def test_weights_for_other_words_are_refused(tmp_path: Path) -> None:
    words = replace(NANO.vocabulary, words=tuple(reversed(NANO.vocabulary.words)))
    model = Networks(NANO)
    save(tmp_path / "nano.safetensors", model, replace(NANO, vocabulary=words), History())
    with pytest.raises(ValueError, match="appended"):
        load(tmp_path / "nano.safetensors", model, NANO)


def test_weights_of_another_design_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "quick.safetensors", Networks(QUICK), QUICK, History())
    with pytest.raises(ValueError, match="of the design mini, not nano"):
        load(tmp_path / "quick.safetensors", Networks(NANO), NANO)


def test_words_may_be_appended_to_a_vocabulary(tmp_path: Path) -> None:
    model = Networks(NANO)
    save(tmp_path / "nano.safetensors", model, NANO, History())
    more = replace(NANO, vocabulary=replace(NANO.vocabulary, words=(*NANO.vocabulary.words, "castle")))
    wider = Networks(more)
    load(tmp_path / "nano.safetensors", wider, more)
    known = model.text_encoder.embedding.weight
    assert torch.allclose(wider.text_encoder.embedding.weight[: len(known)], known, atol=1e-2)


def test_timesteps_lie_between_picture_and_noise() -> None:
    drawn = timesteps(4000, 1, torch.Generator().manual_seed(0))
    assert 0 <= drawn.min() < 0.05
    assert 0.95 < drawn.max() <= 1
    assert abs(drawn.mean() - 0.5) < 0.02


def test_a_shift_moves_the_timesteps_towards_noise() -> None:
    plain = timesteps(4000, 1, torch.Generator().manual_seed(0))
    shifted = timesteps(4000, 3, torch.Generator().manual_seed(0))
    assert (shifted > plain).all()
    assert shifted.max() <= 1
    assert (shifted > 0.9).float().mean() > 4 * (plain > 0.9).float().mean()


@pytest.mark.parametrize("size", FEW, ids=lambda size: size.name)
def test_inpainting_masks_leave_something_and_take_something(size: Size) -> None:
    rng = Random(1)
    for _ in range(200):
        mask, prompt = inpainting(random_scene(rng, SMALL), size, rng)
        assert mask.shape == (size.height // 8, size.width // 8)
        assert 0 < mask.sum() < mask.size
        assert prompt


def test_a_box_is_painted_where_it_is() -> None:
    mask = painted(SQUARE, (0.25, 0.5, 0.75, 1.0))
    assert np.array_equal(np.argwhere(mask)[[0, -1]], [[8, 4], [15, 11]])
    assert mask.sum() == 64


def test_the_judge_takes_its_own_size() -> None:
    scores = Classifier((4, 5, 2))(torch.zeros(3, 3, 64, 64))
    assert [score.shape for score in scores] == [(3, 4), (3, 5), (3, 2)]


def test_an_error_counts_more_where_objects_are() -> None:
    torch.manual_seed(0)
    model, data = Networks(replace(QUICK, layout_weight=0.0)), batch(QUICK, 8, 8)
    kinds = torch.zeros(2, 8, 8, dtype=torch.int64)
    kinds[:, :4] = 1
    marked = replace(data, kinds=kinds)
    # The error is about the noise, since an untrained network predicts next to nothing.
    noise, timestep = torch.randn_like(data.latent), torch.tensor([1.0, 1.0])
    noise[:, :, 4:] = 0
    marked.latent[:] = 0
    plain = loss(model, marked, timestep, noise)
    weighted = loss(model, marked, timestep, noise, emphasis=1)
    assert torch.allclose(weighted, 1.5 * plain, rtol=0.02)
    assert torch.allclose(loss(model, data, timestep, noise, emphasis=1), plain)


def test_a_guessed_layout_counts_until_emphasis_ends() -> None:
    torch.manual_seed(0)
    model = Networks(replace(QUICK, object_weight=1.0, layout_weight=0.5))
    data = batch(QUICK, 8, 8)
    noise, timestep = torch.randn_like(data.latent), torch.tensor([0.9, 0.9])
    plain = loss(model, data, timestep, noise)
    assert torch.equal(loss(model, data, timestep, noise, emphasis=0), plain)
    assert (loss(model, data, timestep, noise, emphasis=1) > plain + 0.5).all()


def test_a_layout_is_learned_where_it_can_be_seen() -> None:
    torch.manual_seed(0)
    layout = Layout(8, 5, 8)
    optimizer = torch.optim.Adam(layout.parameters(), lr=0.05)
    middle = torch.randn(4, 8, 4, 4)
    kinds = (middle[:, 0].repeat_interleave(2, 1).repeat_interleave(2, 2) > 0).long() * 3
    colors = (middle[:, 1].repeat_interleave(2, 1).repeat_interleave(2, 2) > 0).long() * 8
    before = layout.error(middle, kinds, colors)
    assert before.shape == (4,)
    for _ in range(100):
        optimizer.zero_grad()
        layout.error(middle, kinds, colors).mean().backward()
        optimizer.step()
    assert (layout.error(middle, kinds, colors) < 0.2 * before).all()


def test_pictures_travel_in_half_precision_and_are_computed_with_in_full() -> None:
    data = batch(NANO, 8, 8)
    half = Batch(*(part.half() if part.is_floating_point() else part for part in vars(data).values()))
    there = half.to(torch.device("cpu"))
    assert {part.dtype for part in vars(there).values()} == {torch.float32, torch.int64}
    assert torch.equal(there.latent, data.latent.half().float())
