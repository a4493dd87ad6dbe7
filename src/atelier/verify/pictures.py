"""Looks at pictures: decoded, of what size, and whether something is on them."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, ImageChops, ImageStat

from atelier.verify.evidence import PictureSeen
from atelier.verify.outcome import Failed

#: Standard deviation of a channel, of 255, that a drawn picture has at least.
LEAST_DEVIATION = 4.0
#: Colours, of 16 shades a channel, that a drawn picture has at least; signs and placeholders have a handful.
LEAST_COLOURS = 24
#: Mean difference of a channel, of 255, above which two pictures count as different.
DIFFERENT = 0.3
#: The same up to which two pictures of a GPU count as the same: it does not add in the same order twice.
SAME = 2.0

#: What Pillow's decoders raise on damaged files.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)


def look(data: bytes, name: str) -> PictureSeen:
    """Return what is on a picture.

    Raises:
        Failed: it cannot be decoded.
    """
    try:
        picture, format_ = _decoded(data)
    except (*_DAMAGE, Image.DecompressionBombError) as error:
        raise Failed(
            "picture-unreadable",
            f"{name} cannot be decoded ({type(error).__name__}), {len(data)} bytes that begin with "
            f"{data[:12]!r}.",
            "See the engine's log, and whether the disk is full.",
        ) from error
    small = picture.resize((min(picture.width, 256), min(picture.height, 256)), Image.Resampling.NEAREST)
    shades = small.point(lambda value: value & 0xF0)
    return PictureSeen(
        name=name,
        format=format_,
        width=picture.width,
        height=picture.height,
        sha256=hashlib.sha256(data).hexdigest(),
        deviation=round(max(ImageStat.Stat(picture).stddev), 2),
        colours=len(shades.getcolors(256 * 256) or ()),
        data=data,
    )


def require_drawn(seen: PictureSeen) -> None:
    """Return if something is on the picture.

    Raises:
        Failed: it is of one colour, or a placeholder.
    """
    if seen.deviation < LEAST_DEVIATION:
        raise Failed(
            "picture-uniform",
            f"{seen.name} is of one colour: its channels deviate by {seen.deviation:g} of 255 at most.",
            "Half precision may overflow on this GPU (--fp32-vae), or the model files do not belong "
            "together: atelier models verify.",
        )
    if seen.colours < LEAST_COLOURS:
        raise Failed(
            "picture-placeholder",
            f"{seen.name} has {seen.colours} colours only: a sign or a placeholder, not a drawing.",
            "Look at the picture in the report; something answers in the engine's place.",
        )


def require_size(seen: PictureSeen, width: int, height: int) -> None:
    """Return if the picture has the size.

    Raises:
        Failed: it has another.
    """
    if (seen.width, seen.height) != (width, height):
        raise Failed(
            "picture-size",
            f"{seen.name} is {seen.width} x {seen.height} pixels, and {width} x {height} were asked for.",
            "See what stands between here and the engine, and whether the engine is ComfyUI 0.3.64 or later.",
        )


def distance(one: PictureSeen, other: PictureSeen) -> float:
    """Return the mean difference of a channel, of 255; 255 for pictures of different sizes."""
    first, second = (_decoded(each.data)[0] for each in (one, other))
    if first.size != second.size:
        return 255.0
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


def _decoded(data: bytes) -> tuple[Image.Image, str]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB"), str(picture.format)
