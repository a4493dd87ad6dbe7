"""Photographs as people have them, made into pictures that a model can take."""

from __future__ import annotations

import hashlib
import io
import math
import struct
from dataclasses import dataclass, field

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from atelier.errors import PictureUnreadable, UsageError
from atelier.workflows.model_sets import ModelSet

#: Pixels of a picture that is decoded, below Pillow's own alarm; 3 bytes each unless it is a JPEG, of which
#: only what is needed is decoded.
PIXEL_LIMIT = 80_000_000

#: Major and compatible brands of HEIC files (ISO/IEC 23008-12, annex B and D).
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

#: What Pillow's decoders raise on damaged files.
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
)

#: How far the shapes of a picture and its mask may differ: the rounding of a scaled copy.
_SHAPE_TOLERANCE = 0.02


@dataclass(frozen=True, kw_only=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"

    @property
    def shape(self) -> float:
        return self.width / self.height


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A picture that a model set can take."""

    #: A PNG without metadata: what a photograph says of place, time and camera stays here.
    png: bytes = field(repr=False)
    size: Size
    #: Upright size of the original.
    original: Size
    #: What was changed, one sentence for the user; empty where nothing was.
    note: str = ""

    @property
    def name(self) -> str:
        """A file name that says nothing and is the same for the same picture."""
        return f"atelier-{hashlib.sha256(self.png).hexdigest()[:20]}.png"


def fit_picture(data: bytes, models: ModelSet) -> Fitted:
    """Return a photograph turned upright, in RGB, and in a size that the model set can draw.

    A picture whose sides are within the set's range keeps its size, up to the set's multiple; any other is
    scaled to about the set's own number of pixels. The aspect is kept: what the rounding leaves over is cut
    off, half on either side. Transparent parts become white.

    Raises:
        PictureUnreadable: it is no picture, a HEIC, damaged, or larger than 80 megapixels.
    """
    image, original = _opened(data)
    target = fitting_size(original, models)
    upright = _upright(image, target)
    note = _note(original, target, models)
    return Fitted(png=_png(_cover(_rgb(upright), target)), size=target, original=original, note=note)


def fit_mask(data: bytes, image: Fitted) -> bytes:
    """Return a mask as a PNG with the size of its fitted picture: white where to paint, black where to keep.

    The brightness of the mask counts; where it is transparent it is black.

    Raises:
        PictureUnreadable: it cannot be read.
        UsageError: its shape is not that of the picture, or it marks nothing.
    """
    mask, original = _opened(data)
    if abs(original.shape / image.original.shape - 1) > _SHAPE_TOLERANCE:
        raise UsageError(
            f"The mask is {original} pixels and the picture {image.original}: they must have one shape. "
            "Draw the mask on a copy of the picture."
        )
    grey = _cover(_grey(_upright(mask, image.size)), image.size)
    if (grey.getextrema() or (0, 0))[1] == 0:
        raise UsageError(
            "The mask is black all over, so nothing would be painted. Paint it white where to paint."
        )
    return _png(grey)


def transparent_part(data: bytes) -> bytes:
    """Return the mask of a picture's transparent part as a PNG: white where it is transparent.

    Raises:
        PictureUnreadable: it cannot be read.
        UsageError: it has no transparent part.
    """
    image, original = _opened(data)
    image = _upright(image, original)
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    if alpha is None or alpha.getextrema() == (255, 255):
        raise UsageError(
            "The picture has no transparent part, so nothing would be painted. "
            "Erase a part of it, or give a mask."
        )
    return _png(ImageOps.invert(alpha))


def fitting_size(original: Size, models: ModelSet) -> Size:
    """Return the size in which a model set takes a picture of the original size."""
    sides = (original.width, original.height)
    if all(models.min_side <= side <= models.max_side for side in sides):
        wanted = (float(original.width), float(original.height))
    else:
        scale = math.sqrt(models.width * models.height / (original.width * original.height))
        wanted = (original.width * scale, original.height * scale)
    width, height = (_side(each, models) for each in wanted)
    return Size(width=width, height=height)


def _side(wanted: float, models: ModelSet) -> int:
    step = models.multiple
    least = math.ceil(models.min_side / step)
    most = models.max_side // step
    return min(max(round(wanted / step), least), most) * step


def _note(original: Size, target: Size, models: ModelSet) -> str:
    if original == target:
        return ""
    note = f"The picture was fitted from {original} to {target} pixels for {models.title}."
    kept = min(original.shape / target.shape, target.shape / original.shape)
    if kept < 0.9:
        note += f" Its shape is beyond what the model draws, so {1 - kept:.0%} were cut off at the edges."
    return note


# --- reading -----------------------------------------------------------------------------------------------


def _opened(data: bytes) -> tuple[Image.Image, Size]:
    """Return a picture, not yet decoded, and its size when upright."""
    if _is_heic(data):
        raise PictureUnreadable(
            "This is a HEIC photograph, which cannot be read here. Save it as JPEG first: on an iPhone, "
            "Settings > Camera > Formats > Most Compatible, or share the photo as JPEG; "
            "on a Mac, Preview > File > Export; on Windows, Photos > Save as."
        )
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError as error:
        raise PictureUnreadable(
            "This is no picture that can be read here. Save it as JPEG, PNG or WebP, and check that "
            "the whole file was copied."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except _DAMAGE as error:
        raise _damaged(error) from error
    if image.width * image.height > PIXEL_LIMIT:
        raise _too_large()
    try:
        turned = image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    except _DAMAGE as error:
        raise _damaged(error) from error
    sides = (image.height, image.width) if turned else (image.width, image.height)
    return image, Size(width=sides[0], height=sides[1])


def _upright(image: Image.Image, target: Size) -> Image.Image:
    """Return the decoded picture as it was meant to be looked at."""
    # A JPEG decoder can leave out what the scaling would throw away; twice the target keeps the result sharp.
    side = 2 * max(target.width, target.height)
    try:
        image.draft(None, (side, side))
        image.load()
        return ImageOps.exif_transpose(image)
    except _DAMAGE as error:
        raise _damaged(error) from error


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    return bool(brands & _HEIC) and not brands & {b"avif", b"avis"}


def _too_large() -> PictureUnreadable:
    return PictureUnreadable(
        f"The picture has more than {PIXEL_LIMIT // 1_000_000} million pixels, which is not decoded here. "
        "Save a smaller copy."
    )


def _damaged(error: Exception) -> PictureUnreadable:
    return PictureUnreadable(
        f"The picture is damaged or cut off ({error or type(error).__name__}). "
        "Copy it again, or save it as PNG."
    )


# --- converting --------------------------------------------------------------------------------------------


def _rgb(image: Image.Image) -> Image.Image:
    image = _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    return _converted(image, "RGB")


def _grey(image: Image.Image) -> Image.Image:
    image = _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "black")
        image = Image.alpha_composite(ground, image)
    return _converted(image, "L")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return greys of 16 bits, or of real numbers, in 8 bits; Pillow by itself would clip them."""
    if image.mode.startswith("I;16"):
        image, brightest = image.convert("I"), 65535.0
    elif image.mode in ("I", "F"):
        extrema = image.getextrema()
        top = float(extrema[1]) if isinstance(extrema[1], (int, float)) else 0.0
        brightest = next((each for each in (1.0, 255.0, 65535.0) if top <= each), top)
    else:
        return image
    scale = 255.0 / brightest
    return image.point(lambda value: value * scale + 0.5).convert("L")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    try:
        return image.convert(mode)
    except ValueError as error:
        raise PictureUnreadable(
            f"The picture's colours are of the kind {image.mode}, which cannot be read here. "
            "Save it as JPEG or PNG."
        ) from error


def _cover(image: Image.Image, target: Size) -> Image.Image:
    """Return the middle of a picture, as much as has the target's shape, in the target's size."""
    scale = max(target.width / image.width, target.height / image.height)
    width, height = target.width / scale, target.height / scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = (max(left, 0.0), max(top, 0.0), min(left + width, image.width), min(top + height, image.height))
    return image.resize((target.width, target.height), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.info.clear()
    image.save(file, "PNG")
    return file.getvalue()
