"""What nodes without weights refuse, and corners that no recording shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atelier.errors import JobInterruptedHere, NodeInputInvalid
from tests.unit.engine.nodes.workbench import CLASSES, Workbench

SMALL = np.full((1, 4, 6, 3), 0.25, dtype=np.float32)
HUGE = {"width": 16384, "height": 16384}
SIDES = {"left": 9000, "top": 9000, "right": 0, "bottom": 0}


@pytest.mark.parametrize(
    ("class_type", "inputs"),
    [
        ("EmptyImage", HUGE | {"batch_size": 4096, "color": 0}),
        ("SolidMask", HUGE | {"value": 1.0}),
        ("ImageScale", HUGE | {"image": SMALL, "upscale_method": "bilinear", "crop": "disabled"}),
        ("ImagePadForOutpaint", SIDES | {"image": SMALL, "feathering": 0}),
    ],
)  # fmt: skip
def test_a_result_that_would_eat_the_memory_is_refused(
    class_type: str, inputs: dict[str, Any], bench: Workbench
) -> None:
    with pytest.raises(NodeInputInvalid, match="Choose a smaller size or batch"):
        bench.call(class_type, **inputs)


def test_a_crop_that_leaves_nothing_is_refused(bench: Workbench) -> None:
    line = np.zeros((1, 1, 64, 3), dtype=np.float32)
    with pytest.raises(NodeInputInvalid, match="no middle of the aspect 1 : 64"):
        bench.call("ImageScale", image=line, upscale_method="area", width=1, height=64, crop="center")


def test_an_unknown_blend_mode_names_the_known_ones(bench: Workbench) -> None:
    with pytest.raises(NodeInputInvalid, match=r"dodge.*soft_light"):
        bench.call("ImageBlend", image1=SMALL, image2=SMALL, blend_factor=1.0, blend_mode="dodge")


def test_an_unknown_method_names_the_known_ones(bench: Workbench) -> None:
    with pytest.raises(NodeInputInvalid, match=r"sinc.*nearest-exact"):
        bench.call("ImageScaleToTotalPixels", image=SMALL, upscale_method="sinc", megapixels=0.01)


def test_pictures_with_and_without_alpha_do_not_make_a_batch(bench: Workbench) -> None:
    with pytest.raises(NodeInputInvalid, match="4 channels"):
        bench.call("ImageBatch", image1=np.zeros((1, 4, 6, 4), np.float32), image2=SMALL)


def test_a_composite_takes_on_the_channels_of_its_destination(bench: Workbench) -> None:
    clear = np.zeros((1, 4, 6, 4), dtype=np.float32)
    place = {"x": 1, "y": 1, "resize_source": False}
    (image,) = bench.call("ImageCompositeMasked", destination=clear, source=SMALL, **place)
    assert image[0, 1, 1].tolist() == [0.25, 0.25, 0.25, 1]
    assert image[0, 0, 0].tolist() == [0, 0, 0, 0]
    (image,) = bench.call("ImageCompositeMasked", destination=SMALL, source=clear, **place)
    assert image.shape == SMALL.shape


@pytest.mark.parametrize(
    "class_type", ["ImageCompositeMasked", "FeatherMask", "GrowMask", "ImageBlur", "ImageInvert"]
)
def test_a_node_leaves_its_inputs_as_they_were(class_type: str, bench: Workbench) -> None:
    mask = np.linspace(0, 1, 24, dtype=np.float32).reshape(1, 4, 6)
    sides = {"left": 2, "top": 2, "right": 2, "bottom": 2}
    inputs: dict[str, dict[str, Any]] = {
        "ImageCompositeMasked": {
            "destination": SMALL, "source": SMALL * 2, "mask": mask, "x": 1, "y": 1, "resize_source": False
        },
        "FeatherMask": {"mask": mask} | sides,
        "GrowMask": {"mask": mask, "expand": 1, "tapered_corners": True},
        "ImageBlur": {"image": SMALL, "blur_radius": 1, "sigma": 1.0},
        "ImageInvert": {"image": SMALL},
    }  # fmt: skip
    before = {name: np.array(value) for name, value in inputs[class_type].items()}
    bench.call(class_type, **inputs[class_type])
    for name, value in before.items():
        assert (np.array(inputs[class_type][name]) == value).all(), name


@pytest.mark.parametrize(
    ("class_type", "inputs"),
    [
        ("GrowMask", {"mask": SMALL[..., 0], "expand": 5, "tapered_corners": False}),
        ("ImageBlur", {"image": SMALL, "blur_radius": 2, "sigma": 1.0}),
    ],
)
def test_long_nodes_stop_when_they_are_interrupted(
    class_type: str, inputs: dict[str, Any], bench: Workbench
) -> None:
    def interrupt() -> None:
        raise JobInterruptedHere("interrupted")

    with pytest.raises(JobInterruptedHere):
        CLASSES[class_type].run(bench.context(check_interrupted=interrupt), **inputs)
