"""The larger embedded model draws things where it is told, in the colours that it is told."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from atelier.client import ComfyUIClient
from atelier.providers.embedded import embedded_engine
from atelier.workflows.library import find
from atelier.workflows.model_sets import MINI, choose
from tests.mini import WEIGHTS

#: What stands around the things, in colours that they do not have.
AROUND = "a snowy field during the day, clear sky, flat illustration"

Mask = npt.NDArray[np.bool_]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyUIClient]:
    directory = tmp_path_factory.mktemp("engine")
    with (
        embedded_engine(directory, arguments=("--models", str(WEIGHTS))) as engine,
        ComfyUIClient(engine.url) as client,
    ):
        yield client


def draw(client: ComfyUIClient, prompt: str, seed: int = 3) -> Image.Image:
    workflow = find("text_to_image").build({"prompt": prompt, "seed": seed}, MINI)
    return opened(client.run(workflow).images()[0].data)


def edit(client: ComfyUIClient, instruction: str, picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "PNG")
    uploaded = client.upload(file.getvalue(), name="picture.png").reference
    given = {"instruction": instruction, "image": uploaded, "seed": 4}
    return opened(client.run(find("image_edit").build(given, MINI)).images()[0].data)


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB")


def colored(picture: Image.Image, color: str) -> Mask:
    """Return where a picture is of a colour, [height, width]."""
    red, green, blue = np.asarray(picture).astype(int).transpose(2, 0, 1)
    if color == "red":
        mask: Mask = (red > green + 70) & (red > blue + 70)
    else:
        mask = (green > red + 30) & (green > blue + 30)
    return mask


def middle(mask: Mask) -> float:
    """Return where a mask is from left to right, 0 to 1."""
    return float(np.argwhere(mask)[:, 1].mean() / mask.shape[1])


def test_the_larger_model_is_chosen_where_an_engine_has_it(client: ComfyUIClient) -> None:
    found = choose(client.model_sets_found(), "text_to_image")
    assert found is not None
    assert found.name == "atelier-mini"


@pytest.mark.parametrize("color", ["red", "green"])
@pytest.mark.parametrize(
    ("words", "low", "high"),
    [("on the left", 0.0, 0.4), ("in the center", 0.35, 0.65), ("on the right", 0.6, 1.0)],
)
def test_a_thing_stands_where_it_is_told_in_its_color(
    client: ComfyUIClient, color: str, words: str, low: float, high: float
) -> None:
    mask = colored(draw(client, f"a large {color} house {words}, {AROUND}"), color)
    assert mask.mean() > 0.02
    assert low < middle(mask) < high


def test_two_things_stand_beside_each_other_and_keep_their_colors(client: ComfyUIClient) -> None:
    picture = draw(client, f"a large red house on the left and a large green balloon on the right, {AROUND}")
    assert middle(colored(picture, "red")) < 0.4
    assert middle(colored(picture, "green")) > 0.6


def test_french_says_where_as_well(client: ComfyUIClient) -> None:
    around = "un champ enneigé, de jour, ciel dégagé, illustration"
    left, right = (
        draw(client, f"une grande maison rouge {place}, {around}") for place in ("à gauche", "à droite")
    )
    assert middle(colored(left, "red")) < 0.4
    assert middle(colored(right, "red")) > 0.6


def test_an_edit_gives_a_thing_another_color_where_it_stands(client: ComfyUIClient) -> None:
    before = draw(client, f"a large red house on the left, {AROUND}")
    after = edit(client, "make the house green", before)
    assert colored(after, "red").mean() < colored(before, "red").mean() / 4
    assert middle(colored(after, "green")) < 0.4


def test_an_edit_takes_a_thing_away(client: ComfyUIClient) -> None:
    before = draw(client, f"a large red house on the right, {AROUND}")
    after = edit(client, "remove the house", before)
    assert colored(after, "red").mean() < colored(before, "red").mean() / 10
