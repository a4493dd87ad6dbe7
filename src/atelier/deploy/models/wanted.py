"""A model file that is wanted: where it belongs, where it comes from, and what is known of its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from atelier.errors import UsageError
from atelier.workflows.model_sets import ModelFile, ModelSet

#: Where a checksum is known from: a pin of Atelier's, the person who asked, the hub's metadata, or from
#: nowhere but the bytes that came first.
ChecksumFrom = Literal["atelier", "user", "hub", "content"]

#: The hub that model sets name their repositories in.
HUB = "https://huggingface.co"
#: Formats that hold numbers only. Others are Python pickles, which can run code when they are loaded.
PLAIN_WEIGHTS = frozenset({".safetensors", ".sft", ".gguf", ".onnx"})

_FOLDER = re.compile(r"[a-z0-9_-]+")
# No leading dot or space, and nothing that a file system of any system forbids.
_NAME_PART = re.compile(r"(?![. ])[^\x00-\x1f<>:\"|?*\\/]+(?<![. ])")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HUB_PATH = re.compile(r"/(?P<repository>[^/]+/[^/]+)/(?:resolve|blob|raw)/(?P<revision>[^/]+)/(?P<path>.+)")


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """A file in a repository of the hub."""

    repository: str
    path: str
    #: Branch, tag or commit.
    revision: str = "main"

    def url(self, endpoint: str = HUB) -> str:
        """Return the address of the file, at the hub or a mirror of it."""
        return (
            f"{endpoint.rstrip('/')}/{self.repository}/resolve/"
            f"{quote(self.revision, safe='')}/{quote(self.path)}"
        )


@dataclass(frozen=True, kw_only=True)
class DirectUrl:
    """A file at an address of its own. The address may hold a signature: it is shown without its query."""

    address: str

    @property
    def shown(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One file that should lie in a folder of models."""

    #: Folder below the server's `models`, and the name in it, with `/` before a sub-folder's files.
    folder: str
    name: str
    #: None for a file that comes with Atelier.
    source: HubFile | DirectUrl | None = None
    #: Bytes, and SHA-256 in hex; None where they are not known yet.
    size: int | None = None
    sha256: str | None = None
    #: Where that is known from.
    sha256_from: ChecksumFrom = "atelier"

    def __post_init__(self) -> None:
        if not _FOLDER.fullmatch(self.folder):
            raise UsageError(f"{self.folder!r} is no name of a folder of models, such as loras or vae.")
        if not all(_NAME_PART.fullmatch(each) for each in self.name.split("/")):
            raise UsageError(f"{self.name!r} cannot be the name of a model file.")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise UsageError(f"{self.sha256!r} is no SHA-256: 64 hexadecimal digits in lower case.")

    @property
    def key(self) -> str:
        """What the file is called in lists and in the lock file."""
        return f"{self.folder}/{self.name}"

    @property
    def base_names(self) -> frozenset[str]:
        """The names under which the file may lie elsewhere."""
        names = {PurePosixPath(self.name).name}
        if isinstance(self.source, HubFile):
            names.add(PurePosixPath(self.source.path).name)
        return frozenset(names)

    @property
    def may_run_code(self) -> bool:
        """Whether the format is one that can run code when it is loaded."""
        return PurePosixPath(self.name).suffix.lower() not in PLAIN_WEIGHTS


def wanted_file(file: ModelFile) -> Wanted:
    """Return what a file of a model set asks for."""
    source = None
    if file.repository is not None and file.path is not None:
        source = HubFile(repository=file.repository, path=file.path)
    return Wanted(folder=file.folder, name=file.name, source=source, size=file.size, sha256=file.sha256)


def wanted_files(sets: Iterable[ModelSet]) -> tuple[Wanted, ...]:
    """Return the files of model sets that can be fetched, each once."""
    wanted = {each.key: each for models in sets for each in map(wanted_file, models.files)}
    return tuple(each for each in wanted.values() if each.source is not None)


def wanted_address(
    address: str, *, folder: str, name: str | None = None, sha256: str | None = None
) -> Wanted:
    """Return what an address asks for; one of the hub's is looked up there, or at a mirror.

    Args:
        address: Of the file, https or http.
        folder: Where it belongs, such as `loras`.
        name: What to call it; None for the last part of the address.

    Raises:
        UsageError: it is no such address, or gives no name.
    """
    if host_of(address) is None:
        raise UsageError(f"{address!r} is no address of a file: https://HOST/NAME is.")
    parts = urlsplit(address)
    source: HubFile | DirectUrl = DirectUrl(address=address)
    if f"{parts.scheme}://{parts.netloc}" == HUB:
        found = _HUB_PATH.fullmatch(unquote(parts.path))
        if found is None:
            raise UsageError(
                f"{HUB}{parts.path} is a page: give the address of one file, with /resolve/ in it."
            )
        source = HubFile(**found.groupdict())
    chosen = name or unquote(parts.path).rpartition("/")[2]
    if not chosen:
        shown = DirectUrl(address=address).shown
        raise UsageError(f"The address {shown} names no file: give it a name with --name.")
    return Wanted(
        folder=folder,
        name=chosen,
        source=source,
        sha256=sha256.lower() if sha256 else None,
        sha256_from="user",
    )


def host_of(address: str) -> str | None:
    """Return the host that an http or https address names; None for what is no such address."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        # What no name server could be asked for, and no connection be made to.
        host.encode("idna")
        usable = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
    except ValueError:
        return None
    return host if usable else None
