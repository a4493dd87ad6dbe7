"""A backup as one file: a gzipped tar with the digest of each member, its secrets encrypted at its end.

    files/...          the deployment's directory, without secrets
    gateway/...        the database and the pictures
    manifest.json      name, size and SHA-256 of each member before it
    sealed             the credentials and the proxy's keys, encrypted, bound to the manifest

The encryption vouches for the manifest and the manifest for all the rest.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from atelier.deploy.sealing import open_sealed, seal
from atelier.errors import ArchiveUnusable

FORMAT = 1
MANIFEST, SEALED = "manifest.json", "sealed"
#: Bytes of manifest and sealed part that are read at most.
_LARGEST = 256 * 2**20
_PIECE = 1 << 20


class _Digesting(io.RawIOBase):
    """Reads from a file, and computes what it has read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


class Writing:
    """An archive that is being written."""

    def __init__(self, file: IO[bytes], about: dict[str, Any]) -> None:
        # What is drawn does not shrink any more.
        self._tar = tarfile.open(  # noqa: SIM115
            fileobj=file, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT
        )
        self._about = about
        self._members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: IO[bytes], size: int, *, mode: int = 0o600) -> None:
        """Add a member of so many bytes."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, mode
        digesting = _Digesting(content)
        self._tar.addfile(member, digesting)
        self._members[name] = {"size": size, "sha256": digesting.digest.hexdigest(), "mode": mode}

    def finish(self, secret: bytes, passphrase: str) -> None:
        """Add the manifest, and what is secret."""
        document = {"format": FORMAT, **self._about, "members": self._members}
        manifest = json.dumps(document, indent=1, sort_keys=True).encode()
        for name, content in (
            (MANIFEST, manifest),
            (SEALED, seal(secret, passphrase, bound_to=hashlib.sha256(manifest).digest())),
        ):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            self._tar.addfile(member, io.BytesIO(content))
        self._tar.close()


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A backup that was read once from end to end, and is whole."""

    path: Path
    manifest: dict[str, Any]
    #: The credentials and the proxy's keys, as a tar.
    secret: bytes

    def members(self, prefix: str) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
        """Give the members below a folder, with their names from there on."""
        with tarfile.open(self.path, "r:gz") as tar:
            for member in tar:
                if member.name.startswith(prefix):
                    content = tar.extractfile(member)
                    if content is not None:
                        member.name = member.name.removeprefix(prefix)
                        yield member, content


def read_archive(path: Path, passphrase: str, *, tell: Callable[[int], None] = lambda _: None) -> Archive:
    """Read a backup from end to end, and return it if every byte is as it was written.

    Args:
        tell: Called with the number of members that were compared so far.

    Raises:
        ArchiveUnusable: it is missing, damaged or of a newer Atelier, or the passphrase is wrong.
    """
    digests: dict[str, dict[str, Any]] = {}
    parts: dict[str, bytes] = {}
    try:
        with gzip.open(path) as stream, tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in tar:
                # Of a link, the content would be looked for where it leads to.
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or _leads_out(member.name):
                    raise ArchiveUnusable(f"{path}: '{member.name}' does not belong into a backup.")
                if member.name in digests or member.name in parts:
                    raise ArchiveUnusable(f"{path} is damaged: '{member.name}' is in it twice.")
                if member.name in (MANIFEST, SEALED):
                    if member.size > _LARGEST:
                        raise ArchiveUnusable(f"{path}: {member.name} is too large.")
                    parts[member.name] = content.read()
                    continue
                digest = hashlib.sha256()
                while piece := content.read(_PIECE):
                    digest.update(piece)
                digests[member.name] = {
                    "size": member.size,
                    "sha256": digest.hexdigest(),
                    "mode": member.mode,
                }
                tell(len(digests))
            # What comes after the last member, up to the checksum of the whole.
            while stream.read(_PIECE):
                pass
    except FileNotFoundError as error:
        raise ArchiveUnusable(f"There is no {path}.") from error
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise ArchiveUnusable(f"{path} is damaged ({error}): take another backup.") from error
    if parts.keys() != {MANIFEST, SEALED}:
        raise ArchiveUnusable(f"{path} is no backup, or its end is missing: take another one.")
    manifest = _manifest(path, parts[MANIFEST])
    wrong = sorted(
        name
        for name in manifest["members"].keys() | digests.keys()
        if manifest["members"].get(name) != digests.get(name)
    )
    if wrong:
        raise ArchiveUnusable(f"{path} is damaged: {wrong[0]} is not as it was saved. Take another backup.")
    bound = hashlib.sha256(parts[MANIFEST]).digest()
    return Archive(
        path=path, manifest=manifest, secret=open_sealed(parts[SEALED], passphrase, bound_to=bound)
    )


def _manifest(path: Path, content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
        made_with = int(manifest["format"])
        members = manifest["members"]
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveUnusable(f"{path} is damaged: its manifest cannot be read.") from error
    if made_with > FORMAT:
        raise ArchiveUnusable(
            f"{path} was made by Atelier {manifest.get('atelier', '?')}: restore it with that or a newer one."
        )
    if not isinstance(members, dict):
        raise ArchiveUnusable(f"{path} is damaged: its manifest cannot be read.")
    return dict(manifest)


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
