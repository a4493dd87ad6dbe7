"""`/view`: the pictures that were made and uploaded."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiohttp import web
from PIL import Image

from atelier.engine.folders import FOLDER_TYPES, Folders, split_annotation
from atelier.engine.server.stored_files import file_answer, passive_headers
from atelier.errors import FileOutside

#: What Pillow is let at: formats without a program inside.
READABLE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
#: The largest picture that is decoded to answer a request; beyond, a small file could fill the memory.
MAX_PIXELS = 64 * 1024 * 1024

_DEFAULT_QUALITY = 90


class NotAPicture(ValueError):
    """A file is not a picture that can be decoded here."""


@dataclass(frozen=True, kw_only=True)
class Views:
    """Shows the files of the input, output and temp folders."""

    folders: Folders

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/view", self.view)]

    async def view(self, request: web.Request) -> web.StreamResponse:
        """Return a file, one of its channels (`channel=rgb|a`), or a preview (`preview=webp;90`)."""
        query = request.query
        if "filename" not in query:
            raise web.HTTPNotFound
        path = self._locate(
            query["filename"], type=query.get("type", "output"), subfolder=query.get("subfolder", "")
        )
        if not path.is_file():
            raise web.HTTPNotFound
        channel = query.get("channel", "")
        if "preview" in query:
            format, quality = _preview_options(query["preview"], channel)
            return await _derived(path, format, quality, "rgb" if channel == "rgb" else "")
        if channel in ("rgb", "a"):
            return await _derived(path, "PNG", _DEFAULT_QUALITY, channel)
        return file_answer(path)

    def _locate(self, filename: str, *, type: str, subfolder: str) -> Path:
        """Return the path that a query means; of a name with folders, only the last part counts.

        Raises:
            web.HTTPBadRequest: the name or the type cannot be meant.
            web.HTTPForbidden: the sub-folder, or a link, leads outside.
        """
        name, annotated = split_annotation(filename)
        type = annotated or type
        if not name or name.startswith("/") or ".." in name or type not in FOLDER_TYPES:
            raise web.HTTPBadRequest
        basename = name.rpartition("/")[2]
        if not basename:
            raise web.HTTPNotFound
        try:
            return self.folders.path(basename, type=type, subfolder=subfolder)
        except FileOutside as error:
            raise web.HTTPForbidden from error


def open_picture(source: Path | IO[bytes]) -> Image.Image:
    """Decode a picture.

    Raises:
        NotAPicture: it is none, is damaged, or is too large.
    """
    try:
        with Image.open(source, formats=READABLE_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotAPicture(f"a picture of {picture.width}x{picture.height} is too large to decode")
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
        raise NotAPicture(str(error)) from error


def _preview_options(text: str, channel: str) -> tuple[str, int]:
    """Read `webp;90`; what is no known format becomes webp, as does anything with alpha asked for."""
    parts = text.split(";")
    format = "JPEG" if parts[0] == "jpeg" and "a" not in channel else "WEBP"
    digits = parts[-1].isascii() and parts[-1].isdigit()
    # So many digits are more than 100 in any case.
    return format, min(int(parts[-1][:4]), 100) if digits else _DEFAULT_QUALITY


async def _derived(path: Path, format: str, quality: int, channel: str) -> web.Response:
    try:
        body = await asyncio.to_thread(_encode, path, format, quality, channel)
    except NotAPicture as error:
        raise web.HTTPBadRequest(text=f"This file cannot be shown as a picture: {error}") from error
    media_type = f"image/{format.lower()}"
    return web.Response(body=body, content_type=media_type, headers=passive_headers(path.name, media_type))


def _encode(path: Path, format: str, quality: int, channel: str) -> bytes:
    picture = open_picture(path)
    if channel == "a":
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else Image.new("L", picture.size, 255)
        picture = Image.new("RGBA", picture.size)
        picture.putalpha(alpha)
    elif channel == "rgb" or format == "JPEG":
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    try:
        picture.save(buffer, format=format, quality=quality)
    # WebP holds 16,383 pixels a side and JPEG 65,535.
    except (OSError, ValueError) as error:
        raise NotAPicture(f"{picture.width}x{picture.height} is too long a side for {format}") from error
    return buffer.getvalue()
