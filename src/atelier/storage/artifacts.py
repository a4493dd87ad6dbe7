"""Keeps content under its own digest in a local directory: `ab/cd/abcd...`, by BLAKE3.

What stands under a digest is whole: it is written beside, brought to the disk, and only then renamed. Nothing
is changed afterwards; what no account names any more is swept away.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import re
import threading
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, Protocol, TypeVar

from blake3 import blake3

from atelier.errors import ArtifactUnusable, BodyTooLarge, ServiceError, StorageFull
from atelier.storage.file import Artifact

P = ParamSpec("P")
T = TypeVar("T")

#: Bytes that are written, or read, at once.
PIECE = 1 << 20

#: Seconds for which content need not be named by anybody: that long may pass between keeping and naming it.
UNNAMED_FOR = 3600.0

#: Digests that are asked about at once while sweeping.
_SWEPT_AT_ONCE = 500

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class Names(Protocol):
    """What a sweep has to ask; `atelier.storage.contract.Files` answers it."""

    async def unnamed(self, digests: Collection[str]) -> frozenset[str]: ...


class ArtifactStore:
    """A directory of artifacts, written by one process."""

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._incoming = directory / "incoming"
        self._clock = clock
        #: Held where an artifact is renewed or removed, so that a sweep takes nothing that was kept again.
        self._lock = threading.Lock()

    async def put(self, chunks: AsyncIterable[bytes], *, limit: int | None = None) -> Artifact:
        """Keep content as it comes in; it has an hour to be named.

        Args:
            limit: Bytes that it may have at most.

        Raises:
            BodyTooLarge: it has more than `limit` bytes.
            StorageFull: the disk is full.
            ArtifactUnusable: the directory cannot be written.
        """
        part = _Part(self._incoming / uuid.uuid4().hex)
        size = 0
        try:
            waiting: list[bytes] = []
            held = 0
            async for chunk in chunks:
                size += len(chunk)
                if limit is not None and size > limit:
                    raise BodyTooLarge(f"A file may have {limit:,} bytes at most, and this one has more.")
                waiting.append(bytes(chunk))
                held += len(chunk)
                if held >= PIECE:
                    await self._in_thread(part.write, waiting)
                    waiting, held = [], 0
            await self._in_thread(part.write, waiting)
            return await self._in_thread(self._keep, part)
        finally:
            await self._in_thread(part.discard)

    async def put_bytes(self, content: bytes, *, limit: int | None = None) -> Artifact:
        """Keep content that is in memory; see `put`."""

        async def one() -> AsyncIterator[bytes]:
            yield content

        return await self.put(one(), limit=limit)

    async def read(self, digest: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield content in pieces, from byte `start` up to but without byte `end`.

        Raises:
            ArtifactUnusable: it is not there, or cannot be read.
        """
        file = await self._in_thread(self._open, digest, start)
        try:
            left = None if end is None else max(0, end - start)
            while left is None or left > 0:
                piece = await self._in_thread(file.read, PIECE if left is None else min(PIECE, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
                yield piece
        finally:
            file.close()

    async def bytes_of(self, digest: str, *, verify: bool = False) -> bytes:
        """Return content.

        Args:
            verify: Whether to compute its digest anew.

        Raises:
            ArtifactUnusable: it is not there, cannot be read, or is not what it was (with `verify`).
        """
        return await self._in_thread(self._read_whole, digest, verify)

    def path(self, digest: str) -> Path:
        """Return where content is or would be kept.

        Raises:
            ValueError: this is no digest.
        """
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"'{digest}' is not a BLAKE3 digest.")
        return self.directory / digest[:2] / digest[2:4] / digest

    async def renew(self, digest: str) -> bool:
        """Give content another hour to be named; False where it is not there.

        To be called before kept content is named anew, lest a sweep take it while its last name goes.
        """
        return await self._in_thread(self._renew, digest)

    async def sweep(self, names: Names, *, unnamed_for: float = UNNAMED_FOR) -> int:
        """Remove content that nobody names and that was kept longer ago than `unnamed_for` seconds.

        Returns:
            How many artifacts were removed; what crashed writers left is not counted.
        """
        before = self._clock() - unnamed_for
        await self._in_thread(self._remove_parts, before)
        removed = 0
        listed = iter(await self._in_thread(self._older, before))
        while batch := list(itertools.islice(listed, _SWEPT_AT_ONCE)):
            unnamed = await names.unnamed(batch)
            removed += await self._in_thread(self._remove, sorted(unnamed), before)
        return removed

    # --- in a thread ---------------------------------------------------------------------------------------

    async def _in_thread(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work on the disk to its end, even where the waiting task is cancelled meanwhile."""
        running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # Whoever cleans up afterwards must not do so under its hands.
            await asyncio.wait({running})
            raise
        except OSError as error:
            raise self._translated(error) from error

    def _keep(self, part: _Part) -> Artifact:
        artifact = part.complete()
        now = self._clock()
        os.utime(part.path, (now, now))
        target = self.path(artifact.digest)
        _make_directories(target.parent, self.directory)
        with self._lock:
            if target.exists() and target.stat().st_size == artifact.size:
                os.utime(target, (now, now))
                return artifact
            part.path.replace(target)
        _sync_directory(target.parent)
        return artifact

    def _open(self, digest: str, start: int) -> BinaryIO:
        file = self.path(digest).open("rb")
        file.seek(start)
        return file

    def _read_whole(self, digest: str, verify: bool) -> bytes:
        content = self.path(digest).read_bytes()
        if verify and blake3(content).hexdigest() != digest:
            raise ArtifactUnusable(
                f"The file {self.path(digest)} is not what was kept: its disk is at fault, or somebody "
                "changed it. Put it back from a backup."
            )
        return content

    def _renew(self, digest: str) -> bool:
        now = self._clock()
        with self._lock:
            try:
                os.utime(self.path(digest), (now, now))
            except FileNotFoundError:
                return False
        return True

    def _older(self, before: float) -> Sequence[str]:
        return [
            entry.name
            for first in _directories(self.directory)
            for second in _directories(first)
            for entry in os.scandir(second)
            if _DIGEST.fullmatch(entry.name) and entry.stat().st_mtime < before
        ]

    def _remove(self, digests: Sequence[str], before: float) -> int:
        removed = 0
        for digest in digests:
            path = self.path(digest)
            # Windows does not remove what is being read: the next sweep does.
            with self._lock, suppress(FileNotFoundError, PermissionError):
                # It may have been kept again since it was listed.
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
        return removed

    def _remove_parts(self, before: float) -> None:
        if self._incoming.is_dir():
            for part in self._incoming.iterdir():
                with suppress(FileNotFoundError, PermissionError):
                    if part.stat().st_mtime < before:
                        part.unlink()

    def _translated(self, error: OSError) -> ServiceError:
        if error.errno in _NO_ROOM:
            return StorageFull(
                f"The disk of {self.directory} is full: nothing was kept. Make room there, and send it again."
            )
        if isinstance(error, FileNotFoundError):
            return ArtifactUnusable(
                f"The file {error.filename} is gone, though an account names it: put it back from a backup."
            )
        return ArtifactUnusable(
            f"The directory {self.directory} cannot be read or written: {error.strerror or error}."
        )


class _Part:
    """A file that is being written, under a name of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._digest = blake3()
        self._size = 0

    def write(self, chunks: Sequence[bytes]) -> None:
        """Add to it; the first time, create it."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("xb", buffering=0)
        for chunk in chunks:
            self._digest.update(chunk)
            rest = memoryview(chunk)
            # A disk that runs full takes a part first.
            while rest:
                rest = rest[self._file.write(rest) :]
            self._size += len(chunk)

    def complete(self) -> Artifact:
        """Bring all of it to the disk, and say what it is."""
        if self._file is None:
            raise ValueError("Nothing was written.")
        os.fsync(self._file.fileno())
        self._file.close()
        return Artifact(digest=self._digest.hexdigest(), size=self._size)

    def discard(self) -> None:
        """Remove it, unless it got another name."""
        if self._file is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)


def _directories(of: Path) -> Iterator[Path]:
    """Yield the directories of the fan-out."""
    if of.is_dir():
        for entry in os.scandir(of):
            if len(entry.name) == 2 and entry.is_dir():
                yield Path(entry.path)


def _make_directories(directory: Path, root: Path) -> None:
    """Create a directory below `root`, so that it survives a power failure."""
    if directory == root or directory.is_dir():
        return
    _make_directories(directory.parent, root)
    directory.mkdir(exist_ok=True)
    _sync_directory(directory.parent)


def _sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
