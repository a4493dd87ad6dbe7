from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.limits import MAX_BATCH
from atelier.engine.folders import Folders
from atelier.engine.node import NodeClass, NodeResult
from atelier.engine.nodes.latents import NODES
from atelier.engine.values import Array, Latent
from atelier.errors import NodeInputInvalid, SizeBeyondLimit
from tests.unit.engine.diffusion.recordings import recorded

BY_NAME = {each.name: each for each in NODES}
EMPTY_NODES = [BY_NAME[name] for name in ("EmptyLatentImage", "EmptySD3LatentImage")]


def run(name: str, context: NodeContext, **inputs: Any) -> Latent:
    outputs = BY_NAME[name].run(context, **inputs)
    assert not isinstance(outputs, NodeResult)
    (latent,) = outputs
    assert isinstance(latent, Latent)
    return latent


def latent(*shape: int) -> Latent:
    return Latent(samples=np.random.default_rng(0).standard_normal(shape, np.float32))


@pytest.mark.parametrize(("name", "channels"), [("EmptyLatentImage", 4), ("EmptySD3LatentImage", 16)])
def test_an_empty_latent_has_whole_cells_and_the_channels_of_its_name(
    context: NodeContext, name: str, channels: int
) -> None:
    made = run(name, context, width=250, height=130, batch_size=3)
    assert made.samples.shape == (3, channels, 16, 31)
    assert not made.samples.any()


@pytest.mark.parametrize("node", EMPTY_NODES, ids=lambda node: node.name)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"width": 512, "height": 128}, "a width of 512 is beyond that"),
        ({"width": 128, "height": 56}, "a height of 56 is beyond that"),
        ({"height": 1024}, "draws 64 to 256 pixels a side"),
    ],
)
def test_a_literal_size_beyond_the_limit_is_refused_before_it_is_queued(
    node: NodeClass, values: dict[str, int], named: str, tmp_path: Path
) -> None:
    assert node.validate is not None
    problem = node.validate(Folders(base=tmp_path), values)
    assert problem is not None
    assert named in problem


@pytest.mark.parametrize("node", EMPTY_NODES, ids=lambda node: node.name)
@pytest.mark.parametrize(
    "values",
    [
        {"width": 64, "height": 256},
        {"width": 263, "height": 71},
        {"height": 128},
        {},
    ],
)
def test_a_literal_size_within_the_limit_passes(
    node: NodeClass, values: dict[str, int], tmp_path: Path
) -> None:
    assert node.validate is not None
    assert node.validate(Folders(base=tmp_path), values) is None


@pytest.mark.parametrize("node", EMPTY_NODES, ids=lambda node: node.name)
def test_a_size_that_came_over_a_link_is_refused_when_it_runs(context: NodeContext, node: NodeClass) -> None:
    with pytest.raises(SizeBeyondLimit, match=r"512 x 128 pixels .* 64 to 256 pixels a side.*ImageScale"):
        node.run(context, width=512, height=128, batch_size=1)
    with pytest.raises(NodeInputInvalid, match="batch of 4096"):
        node.run(context, width=128, height=128, batch_size=4096)


@pytest.mark.parametrize(
    "case",
    recorded("upscaled")["results"],
    ids=lambda case: f"{case['method']}-{case['width']}x{case['height']}-{case['crop']}",
)
def test_scaled_latents_are_those_of_a_real_comfyui(context: NodeContext, case: dict[str, Any]) -> None:
    samples = np.array(recorded("upscaled")["samples"], np.float32)
    scaled = run(
        "LatentUpscale",
        context,
        samples=Latent(samples=samples),
        upscale_method=case["method"],
        width=case["width"],
        height=case["height"],
        crop=case["crop"],
    )
    assert scaled.samples.dtype == np.float32
    np.testing.assert_allclose(scaled.samples, np.array(case["samples"]), rtol=1e-4, atol=1e-5)


def test_scaling_to_nothing_keeps_the_latent(context: NodeContext) -> None:
    given = latent(1, 8, 8, 8)
    scaled = run(
        "LatentUpscale", context, samples=given, upscale_method="area", width=0, height=0, crop="disabled"
    )
    assert scaled is given


def test_scaling_beyond_what_the_vae_decodes_is_refused(context: NodeContext) -> None:
    with pytest.raises(SizeBeyondLimit, match="16384 x 64 pixels"):
        run(
            "LatentUpscale",
            context,
            samples=latent(1, 8, 8, 8),
            upscale_method="bislerp",
            width=16384,
            height=64,
            crop="disabled",
        )


def test_a_noise_mask_gets_a_channel_and_keeps_the_latent(context: NodeContext) -> None:
    given = latent(2, 8, 8, 8)
    mask: Array = np.ones((2, 64, 72), np.float32)
    masked = run("SetLatentNoiseMask", context, samples=given, mask=mask)
    assert masked.samples is given.samples
    assert masked.noise_mask is not None
    assert masked.noise_mask.shape == (2, 1, 64, 72)


def test_a_batch_is_repeated_with_its_masks(context: NodeContext) -> None:
    masks = np.stack([np.zeros((1, 4, 4), np.float32), np.ones((1, 4, 4), np.float32)])
    given = Latent(samples=latent(2, 8, 8, 8).samples, noise_mask=masks)
    repeated = run("RepeatLatentBatch", context, samples=given, amount=3)
    assert np.array_equal(repeated.samples, np.concatenate([given.samples] * 3))
    assert repeated.noise_mask is not None
    assert repeated.noise_mask[:, 0, 0, 0].tolist() == [0, 1, 0, 1, 0, 1]


def test_a_single_mask_goes_for_every_repetition(context: NodeContext) -> None:
    given = Latent(samples=latent(1, 8, 8, 8).samples, noise_mask=np.ones((1, 1, 4, 4), np.float32))
    assert run("RepeatLatentBatch", context, samples=given, amount=3).noise_mask is given.noise_mask


def test_a_batch_that_would_eat_the_memory_is_refused(context: NodeContext) -> None:
    with pytest.raises(NodeInputInvalid, match=f"batch of 128 .* limit of {MAX_BATCH}"):
        run("RepeatLatentBatch", context, samples=latent(2, 8, 8, 8), amount=64)
