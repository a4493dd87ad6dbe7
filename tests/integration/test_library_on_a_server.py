"""Every workflow of the library draws on a server, and what it draws is looked at.

The server is the embedded engine, or a ComfyUI given by ATELIER_TEST_COMFYUI_URL, with whatever model sets it
has. ATELIER_TEST_SIDE asks a slow one for smaller pictures: pixels a side, 256 for instance.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from atelier.client import ComfyUIClient
from atelier.providers.embedded import embedded_engine
from atelier.workflows.image_edit import pictures_seen
from atelier.workflows.library import LIBRARY, find
from atelier.workflows.model_sets import ModelSet
from tests import mini

URL = os.environ.get("ATELIER_TEST_COMFYUI_URL", "")

#: Seconds for one picture; a large model is loaded first.
PATIENCE = 900.0 if URL else 120.0

#: Enough to tell pictures apart, not to make them good.
STEPS = 4

#: How far apart two pictures must be to count as different: mean difference of a channel, of 255. A quarter
#: of an inpainted picture may change, and the same job twice differs by nothing.
DIFFERENT = 0.3

HILLS = "green hills on a sunny day"
BASE: dict[str, dict[str, Any]] = {
    "text_to_image": {"prompt": HILLS},
    "image_to_image": {"prompt": HILLS, "image": "sea"},
    "image_edit": {"instruction": "make it night", "image": "day"},
    "composition": {"prompt": HILLS, "images": ("day", "sea")},
    "style_transfer": {"image": "day", "style_image": "sea", "prompt": "a watercolor"},
    "inpaint": {"prompt": "the sea at night", "image": "day", "mask": "mask"},
    "outpaint": {"prompt": HILLS, "image": "day", "left": 16, "right": 48},
    "upscale": {"prompt": HILLS, "image": "small", "factor": 2},
    "variations": {"prompt": HILLS, "image": "day", "count": 3},
}

#: What must change the picture when it changes.
CHANGES: dict[str, dict[str, Any]] = {
    "text_to_image": {"prompt": "the sea at night", "negative_prompt": "hills", "seed": 12, "cfg": 1.5},
    "image_to_image": {
        "prompt": "the sea at night",
        "negative_prompt": "hills",
        "image": "day",
        "seed": 12,
        "denoise": 0.9,
    },
    "image_edit": {
        "instruction": "make it winter",
        "negative_prompt": "night",
        "image": "sea",
        "seed": 12,
    },
    "composition": {
        "prompt": "the sea at night",
        "images": ("sea", "day"),
        "seed": 12,
        "denoise": 0.4,
    },
    "style_transfer": {
        "prompt": "an oil painting",
        "image": "sea",
        "style_image": "night",
        "seed": 12,
        "denoise": 0.4,
    },
    "inpaint": {
        "prompt": "green hills",
        "image": "sea",
        "mask": "other mask",
        "grow": 16,
        "seed": 12,
        "denoise": 0.4,
    },
    "outpaint": {"prompt": "the sea at night", "image": "sea", "feathering": 32, "seed": 12},
    "upscale": {"prompt": "the sea at night", "image": "small sea", "seed": 12, "denoise": 0.7},
    "variations": {"prompt": "the sea at night", "image": "sea", "seed": 12, "denoise": 0.8},
}


def scene(name: str, models: ModelSet) -> Image.Image:
    """Draw one of the pictures that are uploaded, in a size that the model set takes."""
    width, height = models.width, models.height
    if name.startswith("small"):
        smaller = scene("sea" if name == "small sea" else "day", models)
        return smaller.resize((width // 2, height // 2), Image.Resampling.LANCZOS)
    if name in ("mask", "other mask"):
        mask = Image.new("L", (width, height), 0)
        mask.paste(255, masked(models) if name == "mask" else (0, 0, width // 2, height // 2))
        return mask
    colours = {
        "day": ("#6aa8e8", "#c9e2f7", "#3f7d2c"),
        "sea": ("#e8a05a", "#f7dcae", "#1d5f7a"),
        "night": ("#0a1030", "#1a2550", "#101a12"),
        "hole": ("#6aa8e8", "#c9e2f7", "#3f7d2c"),
    }[name]
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(
        Image.new("RGB", sky.size, colours[1]), Image.new("RGB", sky.size, colours[0]), sky
    )
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-width // 4, height // 2, width * 3 // 4, height * 3 // 2), fill=colours[2])
    draw.ellipse((width // 2, height * 5 // 8, width * 3 // 2, height * 3 // 2), fill=colours[2])
    if name == "hole":
        alpha = ImageChops.invert(scene("mask", models))
        picture.putalpha(alpha)
    return picture


def masked(models: ModelSet) -> tuple[int, int, int, int]:
    """The rectangle that the mask marks."""
    return (models.width // 4, models.height // 4, models.width * 3 // 4, models.height * 3 // 4)


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of a channel, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


@dataclass(kw_only=True)
class Bench:
    """A server with its model sets; draws each picture once."""

    client: ComfyUIClient
    sets: tuple[ModelSet, ...]
    _uploaded: dict[tuple[str, str], str] = field(default_factory=dict)
    _drawn: dict[str, list[Image.Image]] = field(default_factory=dict)

    def able(self, name: str) -> list[ModelSet]:
        able = [each for each in self.sets if name in each.tasks]
        if not able:
            assert URL, "the embedded engine draws every workflow"
            pytest.skip(f"{URL} has no model set for {name}")
        return able

    def draw(self, name: str, models: ModelSet, **changes: Any) -> list[Image.Image]:
        given = {"seed": 11, "steps": min(models.steps, STEPS), **BASE[name], **changes}
        key = f"{name} {models.name} {sorted(given.items())}"
        if key not in self._drawn:
            for parameter in find(name).parameters:
                if parameter.kind in ("picture", "mask") and given.get(parameter.name):
                    given[parameter.name] = self._upload(given[parameter.name], models)
                elif parameter.kind == "pictures" and parameter.name in given:
                    given[parameter.name] = [self._upload(each, models) for each in given[parameter.name]]
            workflow = find(name).build({key: value for key, value in given.items() if value != ""}, models)
            pictures = self.client.run(workflow, timeout=PATIENCE).images()
            self._drawn[key] = [_decoded(each.data) for each in pictures]
        return self._drawn[key]

    def _upload(self, name: str, models: ModelSet) -> str:
        if (name, models.name) not in self._uploaded:
            file = io.BytesIO()
            scene(name, models).save(file, "PNG")
            uploaded = self.client.upload(
                file.getvalue(), name=f"library-{models.name}-{name.replace(' ', '-')}.png"
            )
            self._uploaded[name, models.name] = uploaded.reference
        return self._uploaded[name, models.name]


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG"
        return picture.convert("RGB")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if URL:
        with ComfyUIClient(URL) as client:
            sets = client.model_sets_found()
            if side := int(os.environ.get("ATELIER_TEST_SIDE", "0")):
                sets = tuple(smaller(each, side) for each in sets)
            yield Bench(client=client, sets=sets)
        return
    with (
        embedded_engine(
            tmp_path_factory.mktemp("engine"), arguments=("--models", str(mini.WEIGHTS))
        ) as engine,
        ComfyUIClient(engine.url) as client,
    ):
        yield Bench(client=client, sets=client.model_sets_found())


def smaller(models: ModelSet, side: int) -> ModelSet:
    megapixels = None if models.edit_megapixels is None else side**2 / 2**20
    return replace(models, width=side, height=side, edit_megapixels=megapixels)


def expected_size(name: str, models: ModelSet) -> tuple[int, int]:
    base = BASE[name]
    if name == "outpaint":
        return models.width + base["left"] + base["right"], models.height
    return models.width, models.height


@pytest.mark.parametrize("name", BASE)
def test_a_workflow_makes_pictures_of_the_right_size_with_something_on_them(bench: Bench, name: str) -> None:
    for models in bench.able(name):
        pictures = bench.draw(name, models)
        assert len(pictures) == BASE[name].get("count", 1)
        for picture in pictures:
            if models.edit_megapixels is not None and name != "composition":
                # Scaled on the server to about that many pixels.
                pixels = models.edit_megapixels * 2**20
                assert picture.width * picture.height == pytest.approx(pixels, rel=0.05)
            else:
                assert picture.size == expected_size(name, models)
            deviation = ImageStat.Stat(picture).stddev
            assert max(deviation) > 4, "the picture is of one colour"


@pytest.mark.parametrize(
    ("name", "parameter"), [(name, parameter) for name, changes in CHANGES.items() for parameter in changes]
)
def test_what_should_matter_changes_the_picture(bench: Bench, name: str, parameter: str) -> None:
    for models in bench.able(name):
        if parameter in ("negative_prompt", "cfg") and models.cfg == 1:
            continue
        if parameter == "denoise" and pictures_seen(models) > 1:
            continue
        before = bench.draw(name, models)
        after = bench.draw(name, models, **{parameter: CHANGES[name][parameter]})
        assert distance(before[0], after[0]) > DIFFERENT


@pytest.mark.parametrize("name", BASE)
def test_the_pictures_of_a_batch_differ(bench: Bench, name: str) -> None:
    for models in bench.able(name):
        pictures = bench.draw(name, models, count=3)
        assert len(pictures) == 3
        for number, picture in enumerate(pictures):
            for other in pictures[number + 1 :]:
                assert distance(picture, other) > DIFFERENT


@pytest.mark.parametrize("name", ["image_to_image", "upscale", "variations"])
def test_the_less_may_change_the_nearer_the_result_stays(bench: Bench, name: str) -> None:
    for models in bench.able(name):
        source = scene("day", models)
        picture = "small" if name == "upscale" else "day"
        steps = 10 if models.turbo else 8
        distances = [
            distance(bench.draw(name, models, image=picture, denoise=denoise, steps=steps)[0], source)
            for denoise in (0.2, 0.9)
        ]
        assert distances[0] < distances[1]


def test_inpainting_changes_what_the_mask_marks_and_nothing_else(bench: Bench) -> None:
    for models in bench.able("inpaint"):
        (picture,) = bench.draw("inpaint", models)
        inside = Image.new("L", picture.size, 0)
        inside.paste(255, masked(models))
        difference = ImageChops.difference(picture, scene("day", models)).convert("RGB")
        kept = Image.composite(Image.new("RGB", picture.size), difference, inside)
        # ComfyUI rounds down when it saves.
        assert all(high <= 1 for _, high in ImageStat.Stat(kept).extrema)
        assert max(ImageStat.Stat(difference, inside).mean) > DIFFERENT


def test_the_transparent_part_of_a_picture_is_a_mask(bench: Bench) -> None:
    for models in bench.able("inpaint"):
        (separate,) = bench.draw("inpaint", models)
        (alpha,) = bench.draw("inpaint", models, image="hole", mask="")
        assert distance(separate, alpha) < 0.1


def test_outpainting_keeps_the_picture_and_draws_around_it(bench: Bench) -> None:
    for models in bench.able("outpaint"):
        (picture,) = bench.draw("outpaint", models)
        left, feathering = BASE["outpaint"]["left"], 16
        source = scene("day", models)
        middle = (left + feathering, 0, left + models.width - feathering, models.height)
        cut = (feathering, 0, models.width - feathering, models.height)
        kept = ImageChops.difference(picture.crop(middle), source.crop(cut))
        assert all(high <= 1 for _, high in ImageStat.Stat(kept).extrema)
        added = picture.crop((left + models.width, 0, picture.width, models.height))
        assert max(ImageStat.Stat(added).stddev) > 2


def test_every_workflow_of_the_library_is_looked_at() -> None:
    names = {each.name for each in LIBRARY}
    assert set(BASE) == set(CHANGES) == names
