"""`/userdata` and `/users`: the page's own files, such as saved workflows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from atelier.engine.folders import Folders, confine
from atelier.engine.server.bodies import answer, read_bytes
from atelier.engine.server.stored_files import PASSIVE_TYPES, file_answer
from atelier.engine.server.whole_files import write_whole
from atelier.errors import FileOutside

#: The page may have a style sheet of the user's.
_TYPES = MappingProxyType({**PASSIVE_TYPES, ".css": "text/css; charset=utf-8"})


@dataclass(frozen=True, kw_only=True)
class Userdata:
    """Keeps files for the page, in the `default` user's directory; there are no other users."""

    folders: Folders
    max_size: int

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/users", self.users),
            web.post("/users", self.add_user),
            web.get("/userdata", self.listing),
            web.get("/v2/userdata", self.tree),
            web.get("/userdata/{file}", self.read),
            web.post("/userdata/{file}", self.write),
            web.delete("/userdata/{file}", self.delete),
            web.post("/userdata/{file}/move/{dest}", self.move),
        ]

    @property
    def root(self) -> Path:
        return user_root(self.folders)

    async def users(self, request: web.Request) -> web.Response:
        return answer({"storage": "server", "migrated": self.root.is_dir()})

    async def add_user(self, request: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text="This engine has one user.")

    async def listing(self, request: web.Request) -> web.Response:
        """List the files of `dir`: as names, as names with their parts (`split`), or with `full_info`."""
        directory = request.query.get("dir", "")
        if not directory:
            raise web.HTTPBadRequest(text="Directory not provided")
        try:
            path = self._directory(directory)
        except FileOutside as error:
            raise web.HTTPForbidden(text="Invalid directory") from error
        if not path.is_dir():
            raise web.HTTPNotFound(text="Directory not found")
        files = _files(path, recurse=_is_set(request, "recurse"))
        if _is_set(request, "full_info"):
            return answer([_info(each, path) for each in files])
        names = [each.relative_to(path).as_posix() for each in files]
        if _is_set(request, "split"):
            return answer([[name, *name.split("/")] for name in names])
        return answer(names)

    async def tree(self, request: web.Request) -> web.Response:
        """List the directories and files under `path`, directories first."""
        root = self.root.resolve()
        try:
            path = self._directory(unquote(request.query.get("path", "")))
        except FileOutside as error:
            raise web.HTTPBadRequest(text="Invalid path requested") from error
        if path == root and not path.exists():
            return answer([])
        if not path.exists():
            raise web.HTTPNotFound(text="Requested path not found")
        if not path.is_dir():
            raise web.HTTPBadRequest(text="Requested path is not a directory")
        # A link may lead nowhere.
        entries = [_entry(each, root) for each in path.rglob("*") if each.exists()]
        entries.sort(key=lambda entry: (entry["type"] != "directory", entry["name"].lower()))
        return answer(entries)

    async def read(self, request: web.Request) -> web.StreamResponse:
        return file_answer(self._existing(request), types=_TYPES)

    async def write(self, request: web.Request) -> web.Response:
        """Store the request's body; with `overwrite=false`, 409 where the file is there already."""
        path = self._path(request, "file")
        self._check_overwrite(request, path)
        body = await read_bytes(request, limit=self.max_size)
        try:
            await asyncio.to_thread(write_whole, path, body)
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise web.HTTPBadRequest(text="A file cannot be stored under this name.") from error
        return self._stored(request, path)

    async def delete(self, request: web.Request) -> web.Response:
        self._existing(request).unlink()
        return web.Response(status=204)

    async def move(self, request: web.Request) -> web.Response:
        """Rename a file; with `overwrite=false`, 409 where the new name is taken."""
        source, target = self._existing(request), self._path(request, "dest")
        self._check_overwrite(request, target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise web.HTTPBadRequest(text="A file cannot be stored under this name.") from error
        return self._stored(request, target)

    def _directory(self, name: str) -> Path:
        """Return a directory of the user's by its name, of which "" and "." are the root.

        Raises:
            FileOutside: it is elsewhere.
        """
        return self.root.resolve() if Path(name) == Path() else confine(self.root, Path(name))

    def _path(self, request: web.Request, part: str) -> Path:
        # ComfyUI decodes twice, so that a name encoded twice cannot lead outside either.
        name = unquote(request.match_info[part])
        try:
            return confine(self.root, Path(name))
        except FileOutside as error:
            raise web.HTTPForbidden from error

    def _existing(self, request: web.Request) -> Path:
        path = self._path(request, "file")
        if not path.is_file():
            raise web.HTTPNotFound
        return path

    def _check_overwrite(self, request: web.Request, path: Path) -> None:
        if request.query.get("overwrite") == "false" and path.exists():
            raise web.HTTPConflict(text="File already exists")

    def _stored(self, request: web.Request, path: Path) -> web.Response:
        root = self.root.resolve()
        return answer(
            _info(path, root) if _is_set(request, "full_info") else path.relative_to(root).as_posix()
        )


def user_root(folders: Folders) -> Path:
    """Return the directory of the one user that there is."""
    return folders.user / "default"


def created(stat: os.stat_result) -> float:
    """Return when a file was made, in seconds since 1970; where unknown, when its entry last changed."""
    return float(getattr(stat, "st_birthtime", stat.st_ctime))


def _is_set(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").lower() == "true"


def _files(directory: Path, *, recurse: bool) -> Iterator[Path]:
    """Yield the files that are not hidden, in a stable order; links to directories are not followed."""
    for each in sorted(directory.rglob("*") if recurse else directory.glob("*")):
        hidden = any(part.startswith(".") for part in each.relative_to(directory).parts)
        if not hidden and each.is_file():
            yield each


def _info(path: Path, relative_to: Path) -> dict[str, Any]:
    stat = path.stat()
    return {
        "path": path.relative_to(relative_to).as_posix(),
        "size": stat.st_size,
        "modified": stat.st_mtime,
        "created": created(stat),
    }


def _entry(path: Path, root: Path) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": path.name, "path": path.relative_to(root).as_posix()}
    if path.is_dir():
        return entry | {"type": "directory"}
    stat = path.stat()
    return entry | {"type": "file", "size": stat.st_size, "modified": stat.st_mtime}
