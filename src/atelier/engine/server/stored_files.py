"""Answers with a stored file such that a browser never runs it.

Anybody may store any bytes under any name, and the page that drives the engine comes from the same origin.
So only types that cannot act are named as what they are; the rest is a download of unknown bytes.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from aiohttp import hdrs, web

_UNKNOWN = "application/octet-stream"

#: The media types that are named, by the suffix of the file. A table of our own, since that of the
#: operating system differs from machine to machine.
PASSIVE_TYPES = MappingProxyType(
    {
        ".avif": "image/avif",
        ".bmp": "image/bmp",
        ".gif": "image/gif",
        ".jpeg": "image/jpeg",
        ".jpg": "image/jpeg",
        ".png": "image/png",
        ".tif": "image/tiff",
        ".tiff": "image/tiff",
        ".webp": "image/webp",
        ".mov": "video/quicktime",
        ".mp4": "video/mp4",
        ".webm": "video/webm",
        ".flac": "audio/flac",
        ".mp3": "audio/mpeg",
        ".ogg": "audio/ogg",
        ".opus": "audio/ogg",
        ".wav": "audio/wav",
        ".json": "application/json",
        ".txt": "text/plain; charset=utf-8",
    }
)


def file_answer(path: Path, *, types: MappingProxyType[str, str] = PASSIVE_TYPES) -> web.FileResponse:
    """Return an answer with a file, with ETag, ranges and conditional requests."""
    media_type = types.get(path.suffix.lower(), _UNKNOWN)
    return web.FileResponse(
        path, headers={hdrs.CONTENT_TYPE: media_type, **passive_headers(path.name, media_type)}
    )


def passive_headers(name: str, media_type: str) -> dict[str, str]:
    """Return the headers that keep a browser from running, or guessing at, what is sent."""
    disposition = "attachment" if media_type == _UNKNOWN else "inline"
    return {
        hdrs.CONTENT_DISPOSITION: f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        # Names are used again: look before showing what was stored earlier.
        hdrs.CACHE_CONTROL: "no-cache",
    }
