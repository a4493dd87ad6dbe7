"""Photographs as people have them become pictures that a model can take, and the user is told."""

from __future__ import annotations

import io
import random
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from atelier.client import Size, fit_mask, fit_picture, transparent_part
from atelier.client._pictures import PIXEL_LIMIT, _upright, fitting_size
from atelier.errors import PictureUnreadable, UsageError
from atelier.workflows.model_sets import MODEL_SETS, NANO, QWEN_IMAGE_EDIT_2509, ModelSet

RED, BLUE = (200, 30, 30), (30, 30, 200)


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def half_red(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture whose upper half is red and whose lower half is blue."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width, height // 2))
    return image.convert(mode)


def speckled(width: int, height: int) -> Image.Image:
    """Return a picture of which every pixel is another, always the same."""
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image


def close(pixel: Any, colour: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, colour, strict=True))


def assert_half_red(png: bytes) -> None:
    image = opened(png)
    assert image.mode == "RGB"
    middle = image.width // 2
    assert close(image.getpixel((middle, image.height // 8)), RED)
    assert close(image.getpixel((middle, image.height - 1 - image.height // 8)), BLUE)


def test_a_photograph_of_twelve_megapixels_is_fitted_to_the_model_and_the_user_is_told() -> None:
    fitted = fit_picture(encoded(half_red(4000, 3000), "JPEG"), NANO)
    assert fitted.size == Size(width=144, height=112)
    assert fitted.original == Size(width=4000, height=3000)
    assert fitted.note == (
        "The picture was fitted from 4000 x 3000 to 144 x 112 pixels for Atelier's embedded model."
    )
    assert_half_red(fitted.png)


def test_of_a_jpeg_only_what_is_needed_is_decoded() -> None:
    image = Image.open(io.BytesIO(encoded(half_red(4000, 3000), "JPEG")))
    decoded = _upright(image, Size(width=144, height=112))
    assert 288 <= decoded.height < decoded.width <= 1000


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(orientation: int) -> None:
    upright = half_red(400, 300)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    fitted = fit_picture(encoded(stored, "JPEG", exif=exif, quality=95), NANO)
    assert fitted.original == Size(width=400, height=300)
    assert fitted.size == Size(width=144, height=112)
    assert_half_red(fitted.png)


COLOURED = ("RGB", "CMYK", "P", "RGBA")
HELD = [
    *(("JPEG", mode) for mode in ("RGB", "CMYK", "L")),
    *(("PNG", mode) for mode in ("RGB", "P", "L", "1", "RGBA", "LA", "I;16")),
    *(("TIFF", mode) for mode in ("RGB", "CMYK", "P", "L", "1", "RGBA", "LA", "I;16", "I", "F")),
    *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    *(("GIF", mode) for mode in ("P", "L", "1")),
    *(("BMP", mode) for mode in ("RGB", "P", "L", "1")),
]


def in_mode(mode: str) -> Image.Image:
    """Return a picture whose upper half is red, or grey, or black, in a mode of Pillow's."""
    if mode in ("I;16", "I"):
        wide = half_red(160, 160, "L").convert("I").point(lambda value: value * 257 + 0)
        return wide.convert(mode)
    if mode == "F":
        return half_red(160, 160, "L").convert("F").point(lambda value: value * (1 / 255) + 0)
    if mode == "P":
        return half_red(160, 160).quantize(4)
    if mode == "1":
        return half_red(160, 160, "L").point(lambda value: 255 if value > 60 else 0, "1")
    return half_red(160, 160, mode)


@pytest.mark.parametrize(("format", "mode"), HELD)
def test_any_kind_of_picture_that_a_format_holds_becomes_rgb(format: str, mode: str) -> None:
    pixels = opened(fit_picture(encoded(in_mode(mode), format), NANO).png)
    assert pixels.mode == "RGB"
    if mode in COLOURED:
        expected = [RED, BLUE]
    elif mode == "1":
        expected = [(255, 255, 255), (0, 0, 0)]
    else:
        red, blue = (half_red(160, 160, "L").getpixel((80, y)) for y in (20, 140))
        assert isinstance(red, int)
        assert isinstance(blue, int)
        expected = [(red, red, red), (blue, blue, blue)]
    assert close(pixels.getpixel((80, 20)), expected[0])
    assert close(pixels.getpixel((80, 140)), expected[1])


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    image = Image.new("I;16", (128, 128), 32768)
    assert close(opened(fit_picture(encoded(image), NANO).png).getpixel((5, 5)), (128, 128, 128), by=1)


def test_transparent_parts_become_white() -> None:
    image = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
    assert opened(fit_picture(encoded(image), NANO).png).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (128, 128), 0)
    data = encoded(palette, "PNG", transparency=0)
    assert opened(fit_picture(data, NANO).png).getpixel((5, 5)) == (255, 255, 255)


def test_what_a_photograph_says_of_place_and_camera_stays_here() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    for data in (
        encoded(
            half_red(160, 128), "JPEG", exif=exif, comment=b"SecretComment", icc_profile=b"SecretProfile"
        ),
        encoded(half_red(160, 128), "PNG", exif=exif),
    ):
        fitted = fit_picture(data, NANO)
        assert b"Secret" not in fitted.png
        assert opened(fitted.png).info == {}


def test_a_picture_that_the_model_can_take_keeps_every_pixel() -> None:
    image = speckled(192, 128)
    fitted = fit_picture(encoded(image), NANO)
    assert fitted.note == ""
    assert opened(fitted.png).tobytes() == image.tobytes()


def test_the_same_picture_has_the_same_name_and_another_has_another() -> None:
    one, same, other = (
        fit_picture(encoded(half_red(*size)), NANO) for size in ((128, 128), (128, 128), (64, 64))
    )
    assert one.name == same.name != other.name
    assert one.name.endswith(".png")


@pytest.mark.parametrize("models", MODEL_SETS, ids=[models.name for models in MODEL_SETS])
@given(width=st.integers(1, 20_000), height=st.integers(1, 20_000))
def test_every_size_is_fitted_into_what_the_model_draws(models: ModelSet, width: int, height: int) -> None:
    size = fitting_size(Size(width=width, height=height), models)
    for side in (size.width, size.height):
        assert models.min_side <= side <= models.max_side
        assert side % models.multiple == 0
    assert (size.width >= size.height) or width <= height


@given(width=st.integers(1, 700), height=st.integers(1, 700))
@settings(max_examples=25, deadline=None)
def test_any_shape_is_fitted(width: int, height: int) -> None:
    fitted = fit_picture(encoded(Image.new("RGB", (width, height), RED)), NANO)
    image = opened(fitted.png)
    assert image.size == (fitted.size.width, fitted.size.height)
    assert close(image.getpixel((0, 0)), RED, by=1)


def test_a_shape_beyond_the_model_is_cut_and_the_user_is_told_how_much() -> None:
    fitted = fit_picture(encoded(Image.new("RGB", (2000, 100), RED)), NANO)
    assert fitted.size == Size(width=256, height=64)
    assert "80% were cut off" in fitted.note


def test_the_large_models_get_about_a_megapixel() -> None:
    fitted = fit_picture(encoded(Image.new("RGB", (4000, 3000), RED), "JPEG"), QWEN_IMAGE_EDIT_2509)
    assert fitted.size == Size(width=1184, height=880)


def heic(*brands: bytes) -> bytes:
    body = brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + b"\0" * 100


@pytest.mark.parametrize(
    "data", [heic(b"heic", b"mif1", b"heic"), heic(b"mif1", b"heic"), heic(b"heix"), heic(b"msf1", b"hevc")]
)
def test_a_heic_photograph_is_refused_with_the_way_out(data: bytes) -> None:
    with pytest.raises(PictureUnreadable, match=r"HEIC.*JPEG"):
        fit_picture(data, NANO)


def test_an_avif_picture_is_not_taken_for_a_heic() -> None:
    assert_half_red(fit_picture(encoded(half_red(160, 160), "AVIF", quality=95), NANO).png)


@pytest.mark.parametrize("data", [b"", b"no picture", b"<html>", b"\x89PNG\r\n\x1a\n", heic(b"avif")])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureUnreadable):
        fit_picture(data, NANO)


# Pillow warns of a TIFF whose tags are cut off, and reads on.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_picture_cut_off_anywhere_is_read_or_refused(format: str, data: st.DataObject) -> None:
    whole = encoded(speckled(70, 50), format)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        fitted = fit_picture(cut, NANO)
    except PictureUnreadable:
        return
    assert fitted.original == Size(width=70, height=50)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_photograph_with_damaged_bytes_is_read_or_refused(data: st.DataObject) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    photograph = bytearray(encoded(speckled(70, 50), "JPEG", exif=exif))
    for _ in range(data.draw(st.integers(1, 8))):
        photograph[data.draw(st.integers(2, 200))] = data.draw(st.integers(0, 255))
    try:
        fit_picture(bytes(photograph), NANO)
    except PictureUnreadable:
        return


def test_a_picture_beyond_the_limit_is_refused_before_it_is_decoded() -> None:
    header = Image.new("1", (1, 1))
    data = bytearray(encoded(header))
    side = int(PIXEL_LIMIT**0.5) + 1
    data[16:24] = struct.pack(">II", side, side)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(PictureUnreadable, match="80 million pixels"):
        fit_picture(bytes(data), NANO)
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(PictureUnreadable, match="80 million pixels"):
        fit_picture(bytes(data), NANO)


# --- masks ----------------------------------------


def test_a_mask_is_fitted_with_its_picture() -> None:
    fitted = fit_picture(encoded(half_red(4000, 3000), "JPEG"), NANO)
    mask = Image.new("L", (4000, 3000), 0)
    mask.paste(255, (0, 0, 4000, 1500))
    png = opened(fit_mask(encoded(mask), fitted))
    assert png.mode == "L"
    assert png.size == (144, 112)
    assert png.getpixel((70, 10)) == 255
    assert png.getpixel((70, 100)) == 0


def test_a_mask_of_the_same_shape_and_another_size_is_scaled() -> None:
    fitted = fit_picture(encoded(half_red(4000, 3000), "JPEG"), NANO)
    mask = Image.new("RGB", (1000, 750), "white")
    assert opened(fit_mask(encoded(mask, "JPEG"), fitted)).getextrema() == (255, 255)


def test_a_mask_of_another_shape_is_refused() -> None:
    fitted = fit_picture(encoded(half_red(400, 300)), NANO)
    with pytest.raises(UsageError, match="one shape"):
        fit_mask(encoded(Image.new("L", (300, 400), 255)), fitted)


def test_the_transparent_part_of_a_picture_becomes_a_mask() -> None:
    picture = half_red(200, 100).convert("RGBA")
    picture.paste((0, 0, 0, 0), (50, 0, 150, 50))
    mask = opened(fit_mask(transparent_part(encoded(picture)), fit_picture(encoded(picture), NANO)))
    assert mask.mode == "L"
    assert [mask.getpixel((x * mask.width // 200, 10)) for x in (25, 100, 175)] == [0, 255, 0]
    assert mask.getpixel((mask.width // 2, mask.height - 10)) == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_picture_without_a_transparent_part_gives_no_mask(mode: str) -> None:
    with pytest.raises(UsageError, match="no transparent part"):
        transparent_part(encoded(half_red(64, 64, mode)))


def test_a_mask_that_marks_nothing_is_refused() -> None:
    fitted = fit_picture(encoded(half_red(128, 128)), NANO)
    for mask in (Image.new("L", (128, 128), 0), Image.new("RGBA", (128, 128), (255, 255, 255, 0))):
        with pytest.raises(UsageError, match="black all over"):
            fit_mask(encoded(mask), fitted)


def test_a_model_that_wants_another_multiple_gets_it() -> None:
    models = replace(NANO, multiple=32, min_side=64, max_side=256)
    assert fit_picture(encoded(half_red(100, 90)), models).size == Size(width=96, height=96)
