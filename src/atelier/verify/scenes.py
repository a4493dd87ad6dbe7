"""Pictures that checks upload: a landscape of a few shapes, and a mask."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def landscape(width: int, height: int, *, tint: str = "#3f7d2c") -> bytes:
    """Return a sky above hills as PNG."""
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.composite(
        Image.new("RGB", sky.size, "#c9e2f7"), Image.new("RGB", sky.size, "#4f8fd0"), sky
    )
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-width // 4, height // 2, width * 3 // 4, height * 3 // 2), fill=tint)
    draw.ellipse((width // 2, height * 5 // 8, width * 3 // 2, height * 3 // 2), fill=tint)
    return _png(picture)


def mask(width: int, height: int) -> bytes:
    """Return a mask as PNG: white in the middle, where to paint."""
    picture = Image.new("L", (width, height), 0)
    picture.paste(255, (width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
