"""LoadImage and LoadImageMask: which files they open, and what they say of the others."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from atelier.engine import picture_files
from atelier.engine.picture_files import read_picture
from atelier.errors import FileOutside, NodeInputInvalid
from tests.unit.engine.nodes.workbench import CLASSES, Workbench

INPUTS = Path(__file__).parents[3] / "reference" / "comfyui" / "nodes" / "inputs"
LOADERS = ("LoadImage", "LoadImageMask")


def fault(bench: Workbench, name: object, loader: str = "LoadImage") -> str | None:
    validate = CLASSES[loader].validate
    assert validate is not None
    return validate(bench.folders, {"image": name})


def fingerprint(bench: Workbench, name: str, loader: str = "LoadImage") -> str:
    take = CLASSES[loader].fingerprint
    assert take is not None
    return take(bench.folders, {"image": name})


def put(bench: Workbench, source: str, name: str, folder: str = "input") -> None:
    path = bench.folders.root(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((INPUTS / source).read_bytes())


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("folder", "file", "name"),
    [
        ("input", "a.png", "a.png"),
        ("input", "den/a.png", "den/a.png"),
        ("input", "a.png", "a.png [input]"),
        ("output", "a.png", "a.png [output]"),
        ("temp", "den/a.png", "den/a.png [temp]"),
    ],
)
def test_files_in_the_engines_folders_are_valid(
    loader: str, folder: str, file: str, name: str, bench: Workbench
) -> None:
    put(bench, "photo.png", file, folder)
    assert fault(bench, name, loader) is None
    inputs: dict[str, Any] = {"image": name} if loader == "LoadImage" else {"image": name, "channel": "red"}
    assert bench.call(loader, **inputs)[0].shape[1:3] == (32, 48)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "name",
    ["nope.png", "", ".", "den", "../secret.png", "{outside}", "../output/../../secret.png",
     "secret.png [models]", "a.png\0", "x" * 5000, 7, None],
)  # fmt: skip
def test_missing_and_outside_files_are_invalid_in_the_same_words(
    loader: str, name: object, bench: Workbench
) -> None:
    (bench.folders.input / "den").mkdir()
    outside = bench.folders.base.parent / "secret.png"
    outside.write_bytes((INPUTS / "photo.png").read_bytes())
    name = str(outside) if name == "{outside}" else name
    assert fault(bench, name, loader) == f"Invalid image file: {name}"


def test_a_link_to_a_file_outside_is_invalid_and_is_not_opened(bench: Workbench) -> None:
    outside = bench.folders.base.parent / "secret.png"
    outside.write_bytes((INPUTS / "photo.png").read_bytes())
    (bench.folders.input / "link.png").symlink_to(outside)
    assert fault(bench, "link.png") == "Invalid image file: link.png"
    for use in (lambda: bench.call("LoadImage", image="link.png"), lambda: fingerprint(bench, "link.png")):
        with pytest.raises(FileOutside):
            use()


def test_a_file_that_vanished_after_the_check_is_named(bench: Workbench) -> None:
    with pytest.raises(NodeInputInvalid, match=r"no picture 'gone\.png'"):
        bench.call("LoadImage", image="gone.png")
    with pytest.raises(FileNotFoundError):
        fingerprint(bench, "gone.png")


def test_the_fingerprint_follows_the_content_and_not_the_name(bench: Workbench) -> None:
    put(bench, "photo.png", "a.png")
    put(bench, "photo.png", "b.png")
    before = fingerprint(bench, "a.png")
    assert before == fingerprint(bench, "b.png", "LoadImageMask")
    put(bench, "odd.png", "a.png")
    assert fingerprint(bench, "a.png") != before


def test_only_pictures_are_offered_and_every_file_as_a_mask(bench: Workbench) -> None:
    for name in ("b.webp", "a.png", "notes.txt", "c.JPG", "model.fbx", "bare"):
        (bench.folders.input / name).touch()
    offered = {name: CLASSES[name].input("image") for name in LOADERS}
    choices = {name: each.choices(bench.folders) for name, each in offered.items() if each is not None}
    assert choices["LoadImage"] == ("a.png", "b.webp", "c.JPG")
    assert choices["LoadImageMask"] == ("a.png", "b.webp", "bare", "c.JPG", "model.fbx", "notes.txt")


def test_a_file_without_alpha_has_an_empty_mask_of_64_pixels(bench: Workbench) -> None:
    put(bench, "photo.png", "a.png")
    _, mask = bench.call("LoadImage", image="a.png")
    assert mask.shape == (1, 64, 64)
    assert not mask.any()


def test_a_file_that_ends_early_is_loaded_and_the_user_is_told(bench: Workbench) -> None:
    put(bench, "cut.png", "cut.png")
    bench.call("LoadImage", image="cut.png")
    bench.call("LoadImageMask", image="cut.png", channel="red")
    assert [(notice.code, notice.items) for notice in bench.notices] == [
        ("picture_truncated", ("cut.png",))
    ] * 2


def test_leniency_with_one_file_does_not_last(bench: Workbench) -> None:
    put(bench, "cut.png", "cut.png")
    bench.call("LoadImage", image="cut.png")
    with (
        PillowImage.open(bench.folders.input / "cut.png") as picture,
        pytest.raises(OSError, match="truncated"),
    ):
        picture.load()


@pytest.mark.parametrize("sides", [(8192, 8193), (9500, 9500), (20000, 20000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(
    sides: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(*sides))
    with pytest.raises(NodeInputInvalid, match=r"'huge\.png' has more"):
        read_picture(path)


def test_all_frames_of_an_animation_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "animated.gif"
    path.write_bytes((INPUTS / "animated.gif").read_bytes())
    monkeypatch.setattr(picture_files, "MAX_PIXELS", 2 * 26 * 18)
    with pytest.raises(NodeInputInvalid, match="counting all its frames"):
        read_picture(path)


def test_a_postscript_file_is_not_handed_to_an_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "script.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n")
    with pytest.raises(NodeInputInvalid, match="not a picture"):
        read_picture(path)


def test_frames_without_alpha_get_an_empty_mask_beside_those_with_one(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    clear = PillowImage.fromarray(np.zeros((4, 6, 4), np.uint8))
    opaque = PillowImage.fromarray(np.zeros((4, 6, 3), np.uint8))
    clear.save(path, save_all=True, append_images=[opaque])
    mask = read_picture(path).mask
    assert mask.shape == (2, 4, 6)
    assert (mask[0] == 1).all()
    assert not mask[1].any()


def png_header(width: int, height: int) -> bytes:
    """Return a PNG file that promises a picture of that size and holds none of it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
