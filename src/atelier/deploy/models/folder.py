"""A folder of models, as ComfyUI and Atelier read it: one sub-folder for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from filelock import FileLock, Timeout

from atelier.deploy.models.part import Part
from atelier.deploy.models.wanted import Wanted
from atelier.errors import DeployError, FetchUnderWay

#: Folders in which ComfyUI looks besides (ComfyUI 0.3.64, folder_paths).
OTHER_FOLDERS: dict[str, tuple[str, ...]] = {"text_encoders": ("clip",), "diffusion_models": ("unet",)}

#: `included` comes with Atelier; `unchecked` has the right size, or none is known, and is not recorded yet.
Standing = Literal["there", "unchecked", "wrong size", "dangling link", "begun", "missing", "included"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """How a wanted file stands in a folder."""

    wanted: Wanted
    standing: Standing
    #: Where it lies; None where it does not.
    path: Path | None = None
    #: Bytes of it that are there.
    size: int = 0


class ModelFolder:
    """A folder of models."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def target(self, wanted: Wanted) -> Path:
        """Return where a file goes."""
        return self.root.joinpath(wanted.folder, *wanted.name.split("/"))

    def find(self, wanted: Wanted) -> Path | None:
        """Return where a file lies, in whatever sub-folder; a dangling link counts."""
        target = self.target(wanted)
        if target.is_file() or target.is_symlink():
            return target
        base = PurePosixPath(wanted.name).name
        for folder in (wanted.folder, *OTHER_FOLDERS.get(wanted.folder, ())):
            for each in sorted((self.root / folder).rglob(_literal(base))):
                if each.is_file():
                    return each
        return None

    def look(self, wanted: Wanted, *, recorded: bool = False) -> Found:
        """Return how a file stands, from its size alone.

        Args:
            recorded: Whether the lock file has it.
        """
        if wanted.source is None and not recorded:
            return Found(wanted=wanted, standing="included")
        path = self.find(wanted)
        if path is None:
            begun = Part(self.target(wanted)).waiting
            return Found(wanted=wanted, standing="begun" if begun else "missing", size=begun)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return Found(wanted=wanted, standing="dangling link", path=path)
        if wanted.size not in (None, size):
            return Found(wanted=wanted, standing="wrong size", path=path, size=size)
        return Found(wanted=wanted, standing="there" if recorded else "unchecked", path=path, size=size)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from fetching into the folder.

        Raises:
            FetchUnderWay: another one does.
            DeployError: the folder cannot be made or written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / ".atelier-fetch.lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise FetchUnderWay(
                f"Another process fetches models into {self.root}: wait until it is done, or end it."
            ) from error
        except OSError as error:
            raise DeployError(f"Cannot write to {self.root}: {error.strerror or error}.") from error
        try:
            yield
        finally:
            lock.release()


def _literal(name: str) -> str:
    """Return a name as a pattern that matches only it."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)
