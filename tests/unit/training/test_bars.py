from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from training.bars import bars
from training.designs import NANO
from training.figures import markdown, page, path, read

WHOLE = {"sky": 0.95, "land": 0.95, "style": 0.95, "clouds": 0.85}
EDIT = {"done": 0.9, "kept": 0.85}
JUST_ENOUGH: dict[str, Any] = {
    "text_to_image": {
        "prompts": 300,
        "real renders": dict.fromkeys(WHOLE, 0.0),
        "128x128": WHOLE,
        "64x64": {**WHOLE, "clouds": 0.8},
    },
    "edits": dict.fromkeys(("sky", "style", "land"), EDIT),
    "inpainting": {"attributes as the surroundings": 0.85, "largest change outside the mask": 0},
    "image_to_image": {
        "pictures": 100,
        "denoise 0.3": {"as the source": 0.9, "as the prompt": 0.1},
        "denoise 0.9": {"as the source": 0.1, "as the prompt": 0.9},
    },
}


def test_just_enough_meets_every_bar() -> None:
    assert [bar for bar in bars(JUST_ENOUGH) if not bar.met] == []


@pytest.mark.parametrize(
    ("where", "value", "missed"),
    [
        (("text_to_image", "128x128", "sky"), 0.949, "sky as asked for"),
        (("text_to_image", "64x64", "land"), 0.89, "other sizes lose"),
        (("edits", "style", "kept"), 0.849, "kept by edits of the style"),
        (("edits", "land", "done"), 0.5, "edits of the land done"),
        (("inpainting", "attributes as the surroundings"), 0.8, "inpainted"),
        (("inpainting", "largest change outside the mask"), 1, "outside the mask"),
        (("image_to_image", "denoise 0.9", "as the source"), 0.95, "image to image"),
    ],
)
def test_what_falls_short_of_one_bar_is_said(where: tuple[str, ...], value: float, missed: str) -> None:
    figures = deepcopy(JUST_ENOUGH)
    *folders, last = where
    place = figures
    for folder in folders:
        place = place[folder]
    place[last] = value
    assert [bar.what for bar in bars(figures) if not bar.met and missed in bar.what]


def test_the_page_shows_the_measured_figures() -> None:
    assert markdown(read(path(NANO))) in page(NANO).read_text(encoding="utf-8")


LARGE: dict[str, Any] = {
    "design": "mini",
    "text_to_image": {
        "prompts": 500,
        "128x128": {
            "sky": 0.97,
            "land": 0.97,
            "style": 0.97,
            "strict object": 0.6,
            "object place": 0.8,
            "color of what is present": 0.85,
        },
    },
    "edits": {
        "sky": {"edits": 150, "done": 1.0, "kept": 0.93},
        "add": {"edits": 150, "done": 0.7, "kept": 0.93, "untouched pixels, dB": 30.0},
    },
    "inpainting": JUST_ENOUGH["inpainting"],
    "judge": {"scrambled objects called present": 0.05},
    "shipping": {"MB": 35.0, "seconds, 128x128": 1.5, "seconds, 256x256": 5.0},
}


def test_just_enough_meets_every_bar_of_the_larger_model() -> None:
    assert [bar for bar in bars(LARGE) if not bar.met] == []


@pytest.mark.parametrize(
    ("where", "value", "missed"),
    [
        (("text_to_image", "prompts"), 499, "held-out prompts"),
        (("text_to_image", "128x128", "strict object"), 0.59, "strict object"),
        (("text_to_image", "128x128", "object place"), 0.79, "object place"),
        (("edits", "sky", "edits"), 149, "edits of each kind"),
        (("edits", "sky", "done"), 0.9, "on average"),
        (("edits", "add", "done"), 0.59, "worst kind (add)"),
        (("edits", "add", "kept"), 0.9, "kept"),
        (("edits", "add", "untouched pixels, dB"), 29.9, "in dB (add)"),
        (("judge", "scrambled objects called present"), 0.051, "scrambled"),
        (("shipping", "MB"), 35.1, "MB"),
        (("shipping", "seconds, 256x256"), 5.01, "256x256"),
    ],
)
def test_what_the_larger_model_misses_is_said(where: tuple[str, ...], value: float, missed: str) -> None:
    figures = deepcopy(LARGE)
    *folders, last = where
    place = figures
    for folder in folders:
        place = place[folder]
    place[last] = value
    assert [bar.what for bar in bars(figures) if not bar.met and missed in bar.what]
