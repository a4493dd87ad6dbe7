"""Pictures as bytes: from float32 arrays to 8 bits and to PNG files, and how large one may be."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from atelier.errors import NodeInputInvalid

#: The most pixels that one IMAGE or MASK may hold, all pictures of the batch together: 0.8 GB of RGB.
MAX_PIXELS = 1 << 26


def ensure_drawable(batch: int, height: int, width: int) -> None:
    """Refuse a batch of pictures that would not fit into memory.

    Raises:
        NodeInputInvalid: it has more than MAX_PIXELS pixels.
    """
    if batch * height * width > MAX_PIXELS:
        raise NodeInputInvalid(
            f"{batch} picture(s) of {width} x {height} pixels are more than the engine holds at once "
            f"({MAX_PIXELS} pixels in all). Choose a smaller size or batch."
        )


def eight_bit(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return values 0 to 1 as 0 to 255: what is outside is clipped, fractions are cut as ComfyUI does.

    Raises:
        NodeInputInvalid: a value is not a number.
    """
    if np.isnan(picture.min(initial=0)):
        raise NodeInputInvalid(
            "The picture holds values that are not numbers. The node before it failed quietly: change its "
            "settings (another sampler, a lower cfg)."
        )
    scaled = picture * np.float32(255)
    np.maximum(scaled, 0, out=scaled)
    np.minimum(scaled, 255, out=scaled)
    return scaled.astype(np.uint8)


def encode_png(picture: npt.NDArray[np.uint8], *, texts: Mapping[str, str], compress_level: int) -> bytes:
    """Return a PNG file of a picture [height, width, 3 or 4] with a text chunk for each of `texts`.

    Raises:
        NodeInputInvalid: the name of a text is not 1 to 79 Latin-1 characters (PNG specification, 11.3.3).
    """
    chunks = PngInfo()
    for name, value in texts.items():
        if not 1 <= len(name) <= 79 or not all(0x20 <= ord(each) <= 0xFF for each in name):
            raise NodeInputInvalid(
                f"A PNG file cannot carry a text named {name!r}: extra_pnginfo's names are 1 to 79 Latin-1 "
                "characters."
            )
        chunks.add_text(name, value)
    file = io.BytesIO()
    PillowImage.fromarray(picture).save(file, format="PNG", pnginfo=chunks, compress_level=compress_level)
    return file.getvalue()
