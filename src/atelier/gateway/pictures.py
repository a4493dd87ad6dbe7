"""Pictures that are decoded to answer a request: a preview, a channel, a mask put on a picture."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from atelier.errors import RequestInvalid

#: What Pillow is let at: formats without a program inside.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
#: The largest picture that is decoded; beyond, a small file could fill the memory.
MAX_PIXELS = 64 * 1024 * 1024
#: Bytes of a file that is decoded.
MAX_BYTES = 64 * 1024 * 1024

_QUALITY = 90


class Pictures:
    """Decodes a few pictures at once at most, in threads."""

    def __init__(self, *, at_once: int = 2) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def derived(self, content: bytes, *, preview: str | None, channel: str) -> tuple[bytes, str]:
        """Return one channel of a picture, or a preview of it, and the media type.

        Args:
            preview: As in `webp;90`; None for none.
            channel: `rgba`, `rgb` or `a`.

        Raises:
            RequestInvalid: the content is no picture.
        """
        if preview is None:
            return await self._run(lambda: _encode(content, "PNG", _QUALITY, channel)), "image/png"
        format, quality = _preview_options(preview, channel)
        encoded = await self._run(
            lambda: _encode(content, format, quality, "rgb" if channel == "rgb" else "")
        )
        return encoded, f"image/{format.lower()}"

    async def masked(self, original: bytes, mask: bytes) -> bytes:
        """Return the original as PNG with the mask's alpha channel and its own text chunks.

        Raises:
            RequestInvalid: one of the two is no picture, or they differ in size.
        """
        return await self._run(lambda: _masked(original, mask))

    async def _run(self, work: Callable[[], bytes]) -> bytes:
        async with self._turns:
            return await asyncio.to_thread(work)


def _opened(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise RequestInvalid(f"A picture of {picture.width}x{picture.height} is too large to decode.")
            picture.load()
            return picture
    # Damaged files come out of Pillow's decoders as SyntaxError and ValueError too.
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise RequestInvalid("This file is no picture that can be shown.") from error


def _encode(content: bytes, format: str, quality: int, channel: str) -> bytes:
    picture = _opened(content)
    if channel == "a":
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else Image.new("L", picture.size, 255)
        picture = Image.new("RGBA", picture.size)
        picture.putalpha(alpha)
    elif channel == "rgb" or format == "JPEG":
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, format=format, quality=quality)
    return buffer.getvalue()


def _masked(original: bytes, mask: bytes) -> bytes:
    picture = _opened(original)
    alpha = _opened(mask).convert("RGBA").getchannel("A")
    if alpha.size != picture.size:
        raise RequestInvalid(f"The mask is {alpha.size}, and the picture is {picture.size}.")
    metadata = PngInfo()
    for key, text in getattr(picture, "text", {}).items():
        metadata.add_text(key, text)
    masked = picture.convert("RGBA")
    masked.putalpha(alpha)
    buffer = io.BytesIO()
    masked.save(buffer, format="PNG", compress_level=4, pnginfo=metadata)
    return buffer.getvalue()


def _preview_options(text: str, channel: str) -> tuple[str, int]:
    """Read `webp;90`; what is no known format becomes webp, as does anything with alpha asked for."""
    parts = text.split(";")
    format = "JPEG" if parts[0] == "jpeg" and "a" not in channel else "WEBP"
    quality = int(parts[-1]) if parts[-1].isascii() and parts[-1].isdigit() else _QUALITY
    return format, min(quality, 100)
