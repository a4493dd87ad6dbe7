"""`/userdata`: the account's own files of the page, such as saved workflows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import RequestInvalid
from atelier.gateway.bodies import answer, read_body
from atelier.gateway.comfyui.routing import ComfyUIRoute, delete, get, post
from atelier.gateway.file_answers import file_answer
from atelier.gateway.file_names import place
from atelier.gateway.identity import Identity
from atelier.schemas.media_types import ENOUGH, UNKNOWN, sniff
from atelier.storage.account import Account, Limits
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Files
from atelier.storage.file import Area, OnClash, StoredFile

#: What the page asks for by its name; all else is a download.
_TYPES = MappingProxyType(
    {
        ".json": "application/json",
        # The page has a style sheet of the user's own, which nobody else ever sees.
        ".css": "text/css; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
    }
)


@dataclass(frozen=True, kw_only=True)
class Userdata:
    """Keeps files for the page."""

    files: Files
    artifacts: ArtifactStore
    #: The limits of an account, those of its role included.
    limits_of: Callable[[Account], Limits]
    #: Bytes of one file.
    max_bytes: int

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/userdata", "files:read", self.listing),
            get("/v2/userdata", "files:read", self.tree),
            get("/userdata/{file:path}", "files:read", self.read),
            post("/userdata/{file:path}", "files:write", self.write),
            delete("/userdata/{file:path}", "files:write", self.delete),
        ]

    async def listing(self, request: Request, identity: Identity) -> Response:
        """List the files of `dir`: as names, as names with their parts (`split`), or with `full_info`."""
        directory = request.query_params.get("dir", "")
        if not directory:
            raise HTTPException(400, "Directory not provided")
        directory = _directory(directory)
        below = [
            (path, file)
            for path, file in _below(await self._all(identity), directory)
            if _is_set(request, "recurse") or "/" not in path
        ]
        if not below:
            raise HTTPException(404, "Directory not found")
        if _is_set(request, "full_info"):
            return answer([_info(path, file) for path, file in below])
        if _is_set(request, "split"):
            return answer([[path, *path.split("/")] for path, _ in below])
        return answer([path for path, _ in below])

    async def tree(self, request: Request, identity: Identity) -> Response:
        """List the directories and files under `path`, directories first."""
        asked = unquote(request.query_params.get("path", ""))
        directory = _directory(asked) if asked.strip("/") else ""
        files = await self._all(identity)
        if directory and any(_path(each) == directory for each in files):
            raise HTTPException(400, "Requested path is not a directory")
        below = _below(files, directory)
        if directory and not below:
            raise HTTPException(404, "Requested path not found")
        directories = {
            "/".join(parts[:depth])
            for path, _ in below
            for parts in [path.split("/")]
            for depth in range(1, len(parts))
        }
        prefix = f"{directory}/" if directory else ""
        entries: list[dict[str, Any]] = [
            {"name": each.rpartition("/")[2], "path": prefix + each, "type": "directory"}
            for each in directories
        ]
        entries += [
            {
                "name": file.filename,
                "path": prefix + path,
                "type": "file",
                "size": file.artifact.size,
                "modified": file.created_at,
            }
            for path, file in below
        ]
        entries.sort(key=lambda entry: (entry["type"] != "directory", entry["name"].lower(), entry["path"]))
        return answer(entries)

    async def read(self, request: Request, identity: Identity) -> Response:
        [name] = _segments(request, 1)
        file = await self.files.get(identity.account.id, Area.USERDATA, *place(name))
        if file is None:
            raise HTTPException(404)
        return await file_answer(
            request, file, self.artifacts, media_type=_TYPES.get(_suffix(file.filename), UNKNOWN)
        )

    async def write(self, request: Request, identity: Identity) -> Response:
        """Store the request's body, or rename (`/move/`); `overwrite=false`: 409 where the name is taken."""
        replace = request.query_params.get("overwrite") != "false"
        segments = _segments(request, 1, 3)
        if len(segments) == 3:
            moved = await self.files.move(
                identity.account.id,
                Area.USERDATA,
                place(segments[0]),
                place(segments[2]),
                replace=replace,
            )
            if moved is None:
                raise HTTPException(404)
            return _stored(request, moved)
        subfolder, name = place(segments[0])
        body = await read_body(request, limit=self.max_bytes)
        file = await self.files.put(
            identity.account.id,
            Area.USERDATA,
            subfolder,
            name,
            await self.artifacts.put_bytes(body),
            media_type=sniff(body[:ENOUGH]),
            on_clash=OnClash.REPLACE if replace else OnClash.REFUSE,
            limit=self.limits_of(identity.account).storage_bytes,
        )
        return _stored(request, file)

    async def delete(self, request: Request, identity: Identity) -> Response:
        [name] = _segments(request, 1)
        if not await self.files.delete(identity.account.id, Area.USERDATA, *place(name)):
            raise HTTPException(404)
        return Response(status_code=204)

    async def _all(self, identity: Identity) -> Sequence[StoredFile]:
        return await self.files.list(identity.account.id, Area.USERDATA)


def _segments(request: Request, *counts: int) -> list[str]:
    """Return the parts of the path behind `userdata`, in which a slash of a name is written `%2F`.

    Raises:
        HTTPException: there are more parts than a route has.
    """
    raw: bytes = request.scope["raw_path"]
    parts = [unquote(each) for each in raw.decode("latin-1").partition("/userdata/")[2].split("/")]
    if len(parts) not in counts or (len(parts) == 3 and parts[1] != "move"):
        raise HTTPException(404)
    return parts


def _directory(name: str) -> str:
    try:
        subfolder, last = place(name.strip("/"))
    except RequestInvalid as error:
        raise HTTPException(403, "Invalid directory") from error
    return f"{subfolder}/{last}" if subfolder else last


def _below(files: Sequence[StoredFile], directory: str) -> list[tuple[str, StoredFile]]:
    """Return the files under a directory with their paths from there on; hidden ones are left out."""
    prefix = f"{directory}/" if directory else ""
    found = [(_path(each).removeprefix(prefix), each) for each in files if _path(each).startswith(prefix)]
    return [(path, each) for path, each in found if not any(part.startswith(".") for part in path.split("/"))]


def _path(file: StoredFile) -> str:
    return f"{file.subfolder}/{file.filename}" if file.subfolder else file.filename


def _stored(request: Request, file: StoredFile) -> Response:
    return answer(_info(_path(file), file) if _is_set(request, "full_info") else _path(file))


def _info(path: str, file: StoredFile) -> dict[str, Any]:
    return {
        "path": path,
        "size": file.artifact.size,
        "modified": file.created_at,
        "created": file.created_at,
    }


def _is_set(request: Request, name: str) -> bool:
    return request.query_params.get(name, "").lower() == "true"


def _suffix(name: str) -> str:
    return f".{name.rpartition('.')[2].lower()}"
