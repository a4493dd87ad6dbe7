"""How large stored pictures are, read from their first bytes and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from atelier.workflows.extents import Extent

#: Pictures that are remembered; a few hundred bytes each.
_REMEMBERED = 4096
#: A picture that Pillow will not open for its size.
_TOO_LARGE = Extent(width=100_000, height=100_000, count=1)


class PictureSizes:
    """Reads the sizes of artifacts; content never changes under its digest, so each is read once."""

    def __init__(self, path_of: Callable[[str], Path]) -> None:
        self._path_of = path_of
        self._read = lru_cache(maxsize=_REMEMBERED)(self._read_now)

    async def of(self, digest: str) -> Extent | None:
        """Return a picture's width and height, and how many it holds; None for what is no picture."""
        return await asyncio.to_thread(self._read, digest)

    def _read_now(self, digest: str) -> Extent | None:
        try:
            with Image.open(self._path_of(digest)) as picture:
                return Extent(
                    width=picture.width, height=picture.height, count=int(getattr(picture, "n_frames", 1))
                )
        except Image.DecompressionBombError:
            return _TOO_LARGE
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
            return None
