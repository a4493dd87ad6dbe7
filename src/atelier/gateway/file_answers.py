"""Answers with a stored file such that no browser runs it: ETag, 304, ranges, types that cannot act."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from atelier.errors import BodyTooLarge, PictureUnreadable, RequestInvalid
from atelier.gateway.pictures import MAX_BYTES
from atelier.schemas.media_types import PASSIVE, UNKNOWN
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.file import StoredFile
from atelier.workflows.picture_metadata import strip_workflow

#: Bytes that are read at once and sent in one piece.
_SMALL = 4 * 1024 * 1024
#: Formats in which engines write the workflow into the picture.
_WITH_WORKFLOW = ("image/png", "image/webp")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


async def picture_answer(
    request: Request, file: StoredFile, artifacts: ArtifactStore, *, with_workflow: bool
) -> Response:
    """Return the answer to a request for a picture, with or without the workflow that made it.

    Raises:
        RequestInvalid: the workflow is to be taken out, and nobody can say where in the file it is.
        BodyTooLarge: the picture is too large to be looked through.
    """
    if with_workflow or file.media_type not in _WITH_WORKFLOW:
        return await file_answer(request, file, artifacts)
    etag = f'"{file.artifact.digest}-without-workflow"'
    headers = {**passive_headers(file.filename, file.media_type), "ETag": etag}
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    if file.artifact.size > MAX_BYTES:
        raise BodyTooLarge(f"Of files of more than {MAX_BYTES} bytes the workflow is not taken out.")
    content = await artifacts.bytes_of(file.artifact.digest)
    try:
        stripped = await asyncio.to_thread(strip_workflow, content)
    except PictureUnreadable as error:
        raise RequestInvalid(f"The workflow cannot be taken out of this file. {error}") from error
    return Response(stripped, headers=headers)


async def file_answer(
    request: Request, file: StoredFile, artifacts: ArtifactStore, *, media_type: str | None = None
) -> Response:
    """Return the answer to a request for a file.

    Args:
        media_type: In place of the one that was found in the content; of a caller that knows better.
    """
    shown = media_type or (file.media_type if file.media_type in PASSIVE else UNKNOWN)
    digest, size = file.artifact.digest, file.artifact.size
    etag = f'"{digest}"'
    headers = {**passive_headers(file.filename, shown), "ETag": etag, "Accept-Ranges": "bytes"}
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    start, end = 0, size
    wanted = _range(request, etag, size)
    if wanted is not None:
        start, end = wanted
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if wanted is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers={**headers, "Content-Length": str(end - start)})
    pieces = artifacts.read(digest, start=start, end=end)
    if end - start <= _SMALL:
        return Response(b"".join([each async for each in pieces]), status_code=status, headers=headers)
    return StreamingResponse(
        pieces, status_code=status, headers={**headers, "Content-Length": str(end - start)}
    )


def passive_headers(name: str, media_type: str) -> Mapping[str, str]:
    """Return the headers that keep a browser from running, or guessing at, what is sent."""
    disposition = "attachment" if media_type == UNKNOWN else "inline"
    return {
        "Content-Type": media_type,
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Names are used again, and computers in class by the next pupil: look before showing.
        "Cache-Control": "private, no-cache",
    }


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in header.split(",")}


def _range(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """Return the one range that is asked for; None for the whole, as where several are.

    Raises:
        HTTPException: there is nothing in it (416).
    """
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if match is None or match[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= end:
        raise HTTPException(416, headers={"Content-Range": f"bytes */{size}"})
    return start, end
