"""Read picture files as IMAGE and MASK, pixel for pixel as ComfyUI's LoadImage does."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL import ImageFile, ImageOps, ImageSequence

from atelier.engine.pictures import MAX_PIXELS
from atelier.engine.values import Image, Mask
from atelier.errors import NodeInputInvalid

#: What may be opened. Others stay shut: Pillow hands EPS, for one, to an external interpreter.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "PPM", "TGA", "ICO")

#: Side of the empty mask that stands for "this file has no alpha channel".
EMPTY_MASK_SIDE = 64

Channel = Literal["alpha", "red", "green", "blue"]
#: Where each channel of LoadImageMask and ImageToMask stands in RGBA.
CHANNELS: dict[str, int] = {"red": 0, "green": 1, "blue": 2, "alpha": 3}

_DECODING_FAULTS = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PictureFile:
    """A picture file as a node gives it on."""

    #: float32 [frames, height, width, 3]
    image: Image
    #: float32 [frames, height, width], 1 - alpha; [frames, 64, 64] of zeros where no frame has alpha.
    mask: Mask
    #: The file ended early, and the rest of the picture is grey or black.
    truncated: bool = False


def read_picture(path: Path) -> PictureFile:
    """Read every frame of a picture file, turned upright by its EXIF orientation.

    Frames of another size than the first are left out. Of an MPO file only the first frame is read.

    Raises:
        NodeInputInvalid: the file is no picture of a known format, or has more than MAX_PIXELS pixels.
    """
    picture, truncated = _decoded(path, _frames)
    return replace(picture, truncated=truncated)


def read_channel(path: Path, channel: Channel) -> tuple[Mask, bool]:
    """Read one channel of a file's first frame as a mask, alpha as 1 - alpha; also whether it ended early.

    Raises:
        NodeInputInvalid: as `read_picture`.
    """

    def mask(picture: PillowImage.Image) -> Mask:
        _ensure_size(path, _pixels(picture))
        frame = _eight_bit(_upright(picture))
        plane = _floats(frame.convert("RGBA").getchannel(CHANNELS[channel]))
        return (1 - plane if channel == "alpha" else plane)[None]

    return _decoded(path, mask)


def _frames(picture: PillowImage.Image) -> PictureFile:
    images: list[npt.NDArray[np.float32]] = []
    alphas: list[npt.NDArray[np.float32] | None] = []
    pixels = 0
    for frame in ImageSequence.Iterator(picture):
        pixels += _pixels(frame)
        _ensure_size(Path(getattr(picture, "filename", "")), pixels)
        upright = _eight_bit(_upright(frame))
        if upright.mode == "P" and "transparency" in upright.info:
            upright = upright.convert("RGBA")
        image = _floats(upright.convert("RGB"))
        if images and image.shape != images[0].shape:
            continue
        images.append(image)
        alphas.append(_floats(upright.getchannel("A")) if "A" in upright.getbands() else None)
        if picture.format == "MPO":
            break
    # A photograph is not copied only to give it a batch of one.
    image = np.stack(images) if len(images) > 1 else images[0][None]
    return PictureFile(image=image, mask=_masks(alphas, images[0].shape[:2]))


def _masks(alphas: list[npt.NDArray[np.float32] | None], shape: tuple[int, ...]) -> Mask:
    if all(alpha is None for alpha in alphas):
        return np.zeros((len(alphas), EMPTY_MASK_SIDE, EMPTY_MASK_SIDE), dtype=np.float32)
    return np.stack([np.zeros(shape, np.float32) if alpha is None else 1 - alpha for alpha in alphas])


def _eight_bit(picture: PillowImage.Image) -> PillowImage.Image:
    # Pillow cuts 32-bit greys at 255 when it converts them. ComfyUI divides them by 255 before.
    return picture.point(lambda value: value * (1 / 255)) if picture.mode == "I" else picture


def _upright(picture: PillowImage.Image) -> PillowImage.Image:
    return ImageOps.exif_transpose(picture)


def _floats(picture: PillowImage.Image) -> npt.NDArray[np.float32]:
    values = np.asarray(picture).astype(np.float32)
    values /= 255
    return values


def _pixels(picture: PillowImage.Image) -> int:
    return picture.width * picture.height


def _ensure_size(path: Path, pixels: int) -> None:
    if pixels > MAX_PIXELS:
        raise NodeInputInvalid(
            f"'{path.name}' has more than {MAX_PIXELS} pixels, counting all its frames, which the engine "
            "does not hold at once. Scale it down before you upload it."
        )


def _decoded(path: Path, decode: Callable[[PillowImage.Image], T]) -> tuple[T, bool]:
    """Return what `decode` makes of a file, and whether that took leniency with a file that ends early."""
    PillowImage.init()
    formats = [each for each in FORMATS if each in PillowImage.OPEN]
    try:
        try:
            with PillowImage.open(path, formats=formats) as picture:
                return decode(picture), False
        except _DECODING_FAULTS:
            with _truncation_allowed(), PillowImage.open(path, formats=formats) as picture:
                return decode(picture), True
    except (PillowImage.DecompressionBombError, PillowImage.DecompressionBombWarning) as error:
        raise NodeInputInvalid(
            f"'{path.name}' has more pixels than the engine holds at once ({MAX_PIXELS}). Scale it down "
            "before you upload it."
        ) from error
    except _DECODING_FAULTS as error:
        raise NodeInputInvalid(
            f"'{path.name}' is not a picture that the engine can read. Save it as PNG, JPEG or WebP and "
            "upload it again."
        ) from error


@contextmanager
def _truncation_allowed() -> Iterator[None]:
    # Pillow has this switch for the whole process only; ComfyUI turns it in the same way.
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before
