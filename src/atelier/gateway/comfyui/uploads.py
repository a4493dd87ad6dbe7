"""`/upload/image` and `/upload/mask`: pictures from outside, into the account's own folders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import BodyTooLarge, RequestInvalid
from atelier.gateway.bodies import DEADLINE, answer, parse, too_large
from atelier.gateway.comfyui.routing import ComfyUIRoute, post
from atelier.gateway.file_names import annotated, folder, place
from atelier.gateway.identity import Identity
from atelier.gateway.pictures import MAX_BYTES, Pictures
from atelier.schemas.media_types import ENOUGH, sniff
from atelier.storage.account import Account, Limits
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Files
from atelier.storage.file import Area, Artifact, OnClash, StoredFile

#: Bytes that a form may have besides its file.
_FIELDS = 256 * 1024
_PIECE = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file that came with a form, and where it is to go."""

    file: UploadFile
    subfolder: str
    name: str
    area: Area
    overwrite: bool
    #: The picture that a mask belongs to, as JSON.
    original_ref: str


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """Stores pictures among the account's own."""

    files: Files
    artifacts: ArtifactStore
    pictures: Pictures
    #: The limits of an account, those of its role included.
    limits_of: Callable[[Account], Limits]
    #: Bytes of one file.
    max_bytes: int

    def routes(self) -> list[ComfyUIRoute]:
        return [
            post("/upload/image", "files:write", self.image),
            post("/upload/mask", "files:write", self.mask),
        ]

    async def image(self, request: Request, identity: Identity) -> Response:
        """Store a file; the answer has the name that it got."""
        async with _uploaded(request, self.max_bytes) as upload:
            head = await upload.file.read(ENOUGH)
            await upload.file.seek(0)
            artifact = await self.artifacts.put(_pieces(upload.file), limit=self.max_bytes)
            return await self._store(identity, upload, artifact, sniff(head))

    async def mask(self, request: Request, identity: Identity) -> Response:
        """Store the account's picture named by `original_ref` with the alpha channel of the uploaded one.

        Where there is nothing to store the answer is 400 or 404; ComfyUI's is 200 or 500.
        """
        async with _uploaded(request, self.max_bytes) as upload:
            original = await self._original(identity, upload.original_ref)
            if not upload.name.lower().endswith(".png"):
                raise RequestInvalid("The name of a picture with a mask must end in .png.")
            if original.artifact.size > MAX_BYTES:
                raise BodyTooLarge(f"The picture has more than {MAX_BYTES} bytes.")
            masked = await self.pictures.masked(
                await self.artifacts.bytes_of(original.artifact.digest), await upload.file.read()
            )
            return await self._store(identity, upload, await self.artifacts.put_bytes(masked), "image/png")

    async def _store(
        self, identity: Identity, upload: Upload, artifact: Artifact, media_type: str
    ) -> Response:
        file = await self.files.put(
            identity.account.id,
            upload.area,
            upload.subfolder,
            upload.name,
            artifact,
            media_type=media_type,
            on_clash=OnClash.REPLACE if upload.overwrite else OnClash.RENAME,
            limit=self.limits_of(identity.account).storage_bytes,
        )
        return answer({"name": file.filename, "subfolder": file.subfolder, "type": file.area.value})

    async def _original(self, identity: Identity, text: str) -> StoredFile:
        """Return the file that `{filename, subfolder, type}` means.

        Raises:
            RequestInvalid: it is no such document, or names nothing that can be meant.
            HTTPException: the account has no such file.
        """
        reference = parse(text.encode())
        parts = reference if isinstance(reference, dict) else {}
        filename, subfolder, type_ = (
            parts.get(key, otherwise)
            for key, otherwise in (("filename", None), ("subfolder", ""), ("type", "output"))
        )
        if not (isinstance(filename, str) and isinstance(subfolder, str) and isinstance(type_, str)):
            raise RequestInvalid("'original_ref' must be a JSON object with a filename.")
        path, type_ = annotated(filename, type_)
        place_ = place(f"{subfolder}/{path}".removeprefix("/"))
        file = await self.files.get(identity.account.id, folder(type_), *place_)
        if file is None:
            raise HTTPException(404, "There is no such picture to put the mask on.")
        return file


@asynccontextmanager
async def _uploaded(request: Request, max_bytes: int) -> AsyncIterator[Upload]:
    """Read the form; its file lives as long as the context.

    Raises:
        RequestInvalid: the form is malformed or too slow, or has no file with a name.
        BodyTooLarge.
    """
    form = await _form(request, max_bytes)
    try:
        image = form.get("image")
        if not isinstance(image, UploadFile) or not image.filename:
            raise RequestInvalid("The form needs a file with a name in the field 'image'.")
        subfolder, name = place(f"{_text(form, 'subfolder')}/{image.filename}".removeprefix("/"))
        yield Upload(
            file=image,
            subfolder=subfolder,
            name=name,
            area=folder(_text(form, "type") or Area.INPUT),
            overwrite=_text(form, "overwrite") in ("true", "1"),
            original_ref=_text(form, "original_ref"),
        )
    finally:
        await form.close()


async def _form(request: Request, max_bytes: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RequestInvalid("The request body must be a multipart form with a file in the field 'image'.")
    limit = max_bytes + _FIELDS
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit)
    parser = MultiPartParser(
        request.headers, _limited(request, limit), max_files=1, max_fields=20, max_part_size=_FIELDS
    )
    try:
        async with asyncio.timeout(DEADLINE):
            return await parser.parse()
    except TimeoutError as error:
        raise RequestInvalid("The form did not arrive in time. Send it again.") from error
    # Starlette's parser lets those of the library below it through.
    except (MultiPartException, KeyError, ValueError) as error:
        raise RequestInvalid("The request body is no well-formed multipart form.") from error


async def _limited(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        yield chunk


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        raise RequestInvalid("The form's fields besides 'image' must be text.")
    return value
