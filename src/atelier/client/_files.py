"""Files between here and the server: uploads into its input folder, downloads from any folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import aiohttp

from atelier.client._result import ImageFile, Picture
from atelier.client._transport import Transport
from atelier.errors import AnswerUnusable, NotFound, UsageError

#: What can be uploaded: the bytes, a path, or a file that is open for reading bytes.
Source = bytes | Path | str | BinaryIO

#: Bytes of a file that is uploaded or downloaded.
FILE_LIMIT = 512 * 1024 * 1024


async def upload(
    transport: Transport,
    data: bytes,
    *,
    name: str,
    subfolder: str = "",
    overwrite: bool = False,
    seconds: float,
) -> ImageFile:
    """Store a file in the server's input folder and return its name there, which may be another one."""

    def form() -> aiohttp.FormData:
        # Unquoted: the server takes %20 in a file name for three characters of it.
        fields = aiohttp.FormData(quote_fields=False)
        fields.add_field("image", data, filename=name, content_type="application/octet-stream")
        fields.add_field("type", "input")
        fields.add_field("subfolder", subfolder)
        fields.add_field("overwrite", "true" if overwrite else "false")
        return fields

    answer = await transport.request("POST", "/upload/image", form=form, repeatable=True, seconds=seconds)
    document = transport.json_of(answer)
    file = (
        ImageFile.from_json({**document, "filename": document.get("name")})
        if isinstance(document, dict)
        else None
    )
    if file is None:
        raise AnswerUnusable(
            f"{answer.where} took the file and did not say under which name. Is this ComfyUI?"
        )
    return file


async def download(transport: Transport, file: ImageFile, *, seconds: float) -> Picture:
    """Return a picture of the server's.

    Raises:
        NotFound: the file is gone, as when somebody deleted it while the server still had it in its cache.
    """
    params = {"filename": file.filename, "subfolder": file.subfolder, "type": file.type}
    try:
        answer = await transport.request(
            "GET", "/view", params=params, repeatable=True, seconds=seconds, limit=FILE_LIMIT
        )
    except NotFound as error:
        raise NotFound(
            f"The server has no file {file.filename} in its {file.type} folder. If a job just named it, "
            "its result came from the cache and the file was deleted: call free() and run it again."
        ) from error
    if answer.media_type.startswith("text/"):
        raise AnswerUnusable(f"{answer.where} answered text instead of the file {file.filename}.")
    return Picture(file=file, data=answer.body, media_type=answer.media_type)


async def read_source(source: Source) -> bytes:
    """Return the bytes of a source.

    Raises:
        UsageError: the file cannot be read, or is larger than can be sent.
    """
    if isinstance(source, bytes):
        return source
    try:
        data = await asyncio.to_thread(_read, source)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}.") from error
    if len(data) > FILE_LIMIT:
        raise UsageError(f"{source} is larger than {FILE_LIMIT // 2**20} MiB.")
    return data


def _read(source: Path | str | BinaryIO) -> bytes:
    if isinstance(source, (Path, str)):
        with Path(source).expanduser().open("rb") as file:
            return file.read(FILE_LIMIT + 1)
    return source.read(FILE_LIMIT + 1)
