"""The lock file: the very bytes that each model file was found to have, which holds from then on.

`models.lock` is JSON without secrets, to be committed with a deployment, so that others get the same files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from atelier.deploy.models.wanted import ChecksumFrom, HubFile, Wanted
from atelier.errors import DeployError, ModelLockInvalid, UsageError

#: How the file is called.
LOCK = "models.lock"


class Locked(BaseModel):
    """What is recorded of one file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Where it came from, without signatures.
    origin: str
    #: Commit in the hub's repository; None for other sources.
    revision: str | None
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    sha256_from: ChecksumFrom
    #: Day, UTC, as 2026-01-31.
    recorded: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    files: dict[str, Locked] = Field(default_factory=dict)


class ModelLock:
    """The lock file at one path; it need not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = self._read()

    @property
    def files(self) -> Mapping[str, Locked]:
        """What is recorded, by the files' keys."""
        return self._files

    def applied(self, wanted: Wanted) -> Wanted:
        """Return what is wanted with what is recorded of it.

        Raises:
            ModelLockInvalid: the record contradicts what is known otherwise.
        """
        locked = self._files.get(wanted.key)
        if locked is None:
            return wanted
        for what, known, recorded in (
            ("size", wanted.size, locked.size),
            ("SHA-256", wanted.sha256, locked.sha256),
        ):
            if known is not None and known != recorded:
                raise ModelLockInvalid(
                    f"{self.path} has the {what} {recorded} for {wanted.key}, which is known with {known}: "
                    "another file has taken its place. Remove its entry to go on with the known one."
                )
        source = wanted.source
        if isinstance(source, HubFile) and locked.revision is not None:
            source = replace(source, revision=locked.revision)
        return replace(wanted, source=source, size=locked.size, sha256=locked.sha256)

    def wanted(self) -> tuple[Wanted, ...]:
        """Return every recorded file, as something to check."""
        found = []
        for key, locked in self._files.items():
            folder, _, name = key.partition("/")
            found.append(Wanted(folder=folder, name=name, size=locked.size, sha256=locked.sha256))
        return tuple(found)

    def record(self, key: str, locked: Locked) -> None:
        """Record a file, at once and for good.

        Raises:
            DeployError: it cannot be written.
        """
        # Read again: another folder's fetch may have recorded something meanwhile.
        self._files = {**self._read(), key: locked}
        document = _Document(files=dict(sorted(self._files.items())))
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w", encoding="utf-8", newline="\n") as file:
                file.write(document.model_dump_json(indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise DeployError(f"Cannot write {self.path}: {error.strerror or error}.") from error

    def _read(self) -> dict[str, Locked]:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ModelLockInvalid(f"Cannot read {self.path}: {error.strerror or error}.") from error
        try:
            files = _Document.model_validate_json(text).files
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(each) for each in first["loc"]) or "it"
            raise ModelLockInvalid(
                f"{self.path} is no lock file of models: {where}: {first['msg']}. Take it from a backup, or "
                "move it away to record what the files have now."
            ) from error
        for key in files:
            folder, _, name = key.partition("/")
            try:
                Wanted(folder=folder, name=name)
            except UsageError as error:
                raise ModelLockInvalid(f"{self.path} names a file that cannot be: {error}") from error
        return files
