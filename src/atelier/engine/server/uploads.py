"""`/upload/image` and `/upload/mask`: pictures from outside."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from aiohttp import web
from PIL.PngImagePlugin import PngInfo

from atelier.engine.folders import FOLDER_TYPES, Folders, split_annotation
from atelier.engine.server.bodies import BODY_DEADLINE, MalformedJson, answer, parse
from atelier.engine.server.views import NotAPicture, open_picture
from atelier.engine.server.whole_files import write_whole
from atelier.errors import FileOutside

#: How many different files may want one name.
MAX_NAMESAKES = 10_000

_COMPARE_CHUNK = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file that came with a form, and where it is to go."""

    file: IO[bytes]
    name: str
    type: str
    subfolder: str
    overwrite: bool
    #: The picture that a mask belongs to, as JSON.
    original_ref: str


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """Stores pictures in the engine's folders."""

    folders: Folders
    #: Finding a free name and taking it is one step.
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/upload/image", self.image), web.post("/upload/mask", self.mask)]

    async def image(self, request: web.Request) -> web.Response:
        """Store a file; the answer has the name that it got."""
        async with _uploaded(request) as upload:
            return await self._store(upload, upload.file)

    async def mask(self, request: web.Request) -> web.Response:
        """Store the picture named by `original_ref` with the alpha channel of the uploaded one.

        Where there is nothing to store the answer is 400, 403 or 404; ComfyUI's is 200 or 500.
        """
        async with _uploaded(request) as upload:
            original = self._original(upload.original_ref)
            if not original.is_file():
                raise web.HTTPNotFound(text=f"There is no picture '{original.name}' to put the mask on.")
            if PurePosixPath(upload.name).suffix.lower() != ".png":
                raise web.HTTPBadRequest(text="The name of a picture with a mask must end in .png.")
            try:
                masked = await asyncio.to_thread(_with_alpha, original, upload.file)
            except NotAPicture as error:
                raise web.HTTPBadRequest(text=f"The mask cannot be put on the picture: {error}.") from error
            return await self._store(upload, io.BytesIO(masked))

    async def _store(self, upload: Upload, content: IO[bytes]) -> web.Response:
        try:
            async with self._storing:
                name = await asyncio.to_thread(_store, self.folders, upload, content)
        except (FileOutside, FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise web.HTTPBadRequest(text=f"A file cannot be stored under this name: {error}") from error
        return answer({"name": name, "subfolder": upload.subfolder, "type": upload.type})

    def _original(self, text: str) -> Path:
        """Return the path that `{filename, subfolder, type}` means.

        Raises:
            web.HTTPBadRequest: it is no such document, or names nothing that can be meant.
            web.HTTPForbidden: it leads outside the folders.
        """
        try:
            reference = parse(text.encode())
        except MalformedJson as error:
            raise web.HTTPBadRequest(text="'original_ref' must be a JSON object.") from error
        parts = reference if isinstance(reference, dict) else {}
        filename, subfolder = parts.get("filename"), parts.get("subfolder", "")
        if not isinstance(filename, str) or not isinstance(subfolder, str):
            raise web.HTTPBadRequest(text="'original_ref' must be a JSON object with a filename.")
        name, annotated = split_annotation(filename)
        type = annotated or parts.get("type", "output")
        if not name or name.startswith("/") or ".." in name or type not in FOLDER_TYPES:
            raise web.HTTPBadRequest(text="'original_ref' names no file.")
        try:
            return self.folders.path(name, type=type, subfolder=subfolder)
        except FileOutside as error:
            raise web.HTTPForbidden from error


@asynccontextmanager
async def _uploaded(request: web.Request) -> AsyncIterator[Upload]:
    """Read the form; the file lives as long as the context.

    Raises:
        web.HTTPBadRequest: the form is malformed, or has no file with a name.
        web.HTTPException: the form is too long or too slow.
    """
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            form = await request.post()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text="The form did not arrive in time.") from error
    except (ValueError, LookupError, RuntimeError, AssertionError) as error:
        raise web.HTTPBadRequest(text="The request body is no well-formed multipart form.") from error
    with contextlib.ExitStack() as files:
        for each in form.values():
            if isinstance(each, web.FileField):
                files.callback(each.file.close)
        image = form.get("image")
        if not isinstance(image, web.FileField) or not image.filename:
            raise web.HTTPBadRequest(text="The form needs a file with a name in the field 'image'.")
        type = _text(form.get("type", "input"))
        if type not in FOLDER_TYPES:
            raise web.HTTPBadRequest(text="'type' must be input, output or temp.")
        yield Upload(
            file=image.file,
            name=image.filename,
            type=type,
            subfolder=_text(form.get("subfolder", "")),
            overwrite=form.get("overwrite") in ("true", "1"),
            original_ref=_text(form.get("original_ref", "")),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text="The form's fields besides 'image' must be text.")
    return value


def _store(folders: Folders, upload: Upload, content: IO[bytes]) -> str:
    """Write a file under its name, or under the first `name (n)` that is free; return the name.

    Raises:
        FileOutside: the name leads outside its folder.
        FileExistsError, IsADirectoryError, NotADirectoryError: the name cannot be taken.
    """
    name = PurePosixPath(upload.name)
    candidate = upload.name
    for number in range(1, MAX_NAMESAKES):
        path = folders.path(candidate, type=upload.type, subfolder=upload.subfolder)
        if upload.overwrite or not path.exists():
            break
        if path.is_file() and _same(path, content):
            return candidate
        candidate = str(name.with_name(f"{name.stem} ({number}){name.suffix}"))
    else:
        raise FileExistsError("too many files want this name")
    write_whole(path, content)
    return candidate


def _same(path: Path, content: IO[bytes]) -> bool:
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    if path.stat().st_size != size:
        return False
    with path.open("rb") as stored:
        while chunk := stored.read(_COMPARE_CHUNK):
            if chunk != content.read(len(chunk)):
                return False
    return True


def _with_alpha(original: Path, mask: IO[bytes]) -> bytes:
    """Return the original as PNG with the mask's alpha channel and its own text chunks.

    Raises:
        NotAPicture: one of the two is none, or they differ in size.
    """
    picture = open_picture(original)
    alpha = open_picture(mask).convert("RGBA").getchannel("A")
    if alpha.size != picture.size:
        raise NotAPicture(f"it is {picture.size}, the mask is {alpha.size}")
    metadata = PngInfo()
    for key, text in getattr(picture, "text", {}).items():
        metadata.add_text(key, text)
    masked = picture.convert("RGBA")
    masked.putalpha(alpha)
    buffer = io.BytesIO()
    masked.save(buffer, format="PNG", compress_level=4, pnginfo=metadata)
    return buffer.getvalue()
