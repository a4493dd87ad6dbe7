"""The part of a file that has come so far, beside the place where the whole will lie."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from atelier.deploy.models.events import Meter
from atelier.errors import DeployError, DiskTooSmall

_PIECE = 4 * 2**20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Which content a part is of."""

    #: Where from; only a digest of it is kept, because addresses can hold signatures.
    address: str
    sha256: str | None = None
    #: The server's strong validator of the content.
    etag: str | None = None

    def same_content(self, other: Identity) -> bool:
        """Return whether bytes of the one go on with bytes of the other."""
        if self.sha256 is not None and other.sha256 is not None:
            return self.sha256 == other.sha256
        return self.address == other.address and self.etag is not None and self.etag == other.etag


class Part:
    """Bytes in `NAME.part`, of the content that `NAME.part.json` names; hashed as they come.

    Only `keep` gives them the final name, so that a file under it is always whole.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self.size = 0
        #: Whether the bytes came over more than one connection.
        self.pieced = False
        #: The server's strong validator of what has come; None where it gave none.
        self.etag: str | None = None

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def waiting(self) -> int:
        """Bytes that lie there from an earlier attempt, of whatever content."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def identity(self) -> Identity | None:
        """Return which content the part is of; None where that is not known."""
        try:
            document = json.loads(self._note.read_bytes())
            return Identity(
                address=str(document["address"]), sha256=document["sha256"], etag=document["etag"]
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    async def open(self, identity: Identity, meter: Meter) -> None:
        """Take what lies there if it is of this content, and drop it otherwise; `meter` sees it read.

        Raises:
            DeployError: the folder cannot be written.
        """
        identity = _private(identity)
        found = self.identity()
        resumed = found is not None and (
            found.same_content(identity)
            # Without a checksum, the server's validator decides when it is asked for the rest.
            or (identity.sha256 is None and found.address == identity.address and found.etag is not None)
        )
        with _writing(self.path):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("r+b" if resumed and self.path.exists() else "w+b")
        self.size = 0
        self._hash = hashlib.sha256()
        while piece := await asyncio.to_thread(self._file.read, _PIECE):
            self._hash.update(piece)
            self.size += len(piece)
            meter.at(self.size)
        self.pieced = self.size > 0
        if found is not None and resumed:
            self.etag = found.etag
        else:
            self.begin(identity)

    def begin(self, identity: Identity) -> None:
        """Start from the first byte, of this content."""
        file = self._opened()
        with _writing(self.path):
            # In this order: bytes of the old content never stand under the new one's name.
            file.seek(0)
            file.truncate()
            self._write_note(_private(identity))
        self.size, self.pieced, self.etag = 0, False, identity.etag
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes.

        Raises:
            DiskTooSmall: the disk is full.
            DeployError: it cannot be written.
        """
        with _writing(self.path):
            self._opened().write(data)
        self._hash.update(data)
        self.size += len(data)

    def digest(self) -> str:
        """Return the SHA-256 of the bytes, in hex."""
        return self._hash.hexdigest()

    def keep(self) -> None:
        """Give the whole its final name; nothing under that name is ever half written.

        Raises:
            DeployError: it cannot be written.
        """
        file = self._opened()
        with _writing(self.target):
            file.flush()
            os.fsync(file.fileno())
            self.close()
            self.path.replace(self.target)
            _sync_folder(self.target.parent)
            self._note.unlink(missing_ok=True)

    def drop(self) -> None:
        """Remove what has come."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what has come stays."""
        if self._file is not None:
            file, self._file = self._file, None
            with _writing(self.path):
                file.close()

    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("The part is not open.")
        return self._file

    def _write_note(self, identity: Identity) -> None:
        text = json.dumps({"address": identity.address, "sha256": identity.sha256, "etag": identity.etag})
        new = self._note.with_name(f"{self._note.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(self._note)


def _private(identity: Identity) -> Identity:
    if identity.address.startswith("sha256:"):
        return identity
    digest = hashlib.sha256(identity.address.encode()).hexdigest()
    return replace(identity, address=f"sha256:{digest}")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what a disk refuses into an error that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskTooSmall(
                f"The disk is full: {path} cannot be written. Make room; what has come is kept."
            ) from error
        raise DeployError(f"Cannot write {path}: {error.strerror or error}.") from error


def _sync_folder(folder: Path) -> None:
    # Windows has no directories that could be opened.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
