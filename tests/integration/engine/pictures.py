"""Small pictures as files have them, and the form that uploads one."""

from __future__ import annotations

import io

import aiohttp
from PIL import Image
from PIL.PngImagePlugin import PngInfo


def png(
    color: tuple[int, int, int, int] = (200, 40, 80, 128),
    *,
    size: tuple[int, int] = (6, 4),
    texts: dict[str, str] | None = None,
) -> bytes:
    """Return an RGBA PNG of one colour, with text chunks."""
    info = PngInfo()
    for key, text in (texts or {}).items():
        info.add_text(key, text)
    buffer = io.BytesIO()
    Image.new("RGBA", size, color).save(buffer, format="PNG", pnginfo=info)
    return buffer.getvalue()


def form(content: bytes, name: str = "a.png", **fields: str) -> aiohttp.FormData:
    """Return an upload form with the file in `image`."""
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("image", io.BytesIO(content), filename=name, content_type="image/png")
    for key, value in fields.items():
        data.add_field(key, value)
    return data
