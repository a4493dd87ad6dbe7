"""The engine's directories, and the only way from a name in a request to a path on disk."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from atelier.errors import DirectoryUnusable, FileOutside

FolderType = Literal["input", "output", "temp"]
FOLDER_TYPES: tuple[FolderType, ...] = ("input", "output", "temp")

#: The weights that the package brings along.
WEIGHTS = Path(__file__).parent / "weights"

_ANNOTATION = re.compile(r"^(?P<name>.*) \[(?P<type>input|output|temp)\]$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where the engine reads and writes: `input`, `output`, `temp` and `user` under one base directory.

    Nothing outside the first three is read or written on behalf of a workflow, and nothing outside `user`
    on behalf of settings and user data.
    """

    base: Path
    #: Model files, one sub-folder a kind: `diffusion_models`, `text_encoders`, `vae`, `checkpoints`.
    models: Path = WEIGHTS

    def __post_init__(self) -> None:
        object.__setattr__(self, "base", self.base.expanduser().resolve())

    @property
    def input(self) -> Path:
        return self.base / "input"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def temp(self) -> Path:
        return self.base / "temp"

    @property
    def user(self) -> Path:
        return self.base / "user"

    def create(self) -> None:
        """Create the directories and empty `temp`, as ComfyUI does at every start.

        Raises:
            DirectoryUnusable: one of them cannot be created or written.
        """
        try:
            shutil.rmtree(self.temp, ignore_errors=True)
            for path in (self.input, self.output, self.temp, self.user):
                path.mkdir(parents=True, exist_ok=True)
                probe = path / ".atelier-write-test"
                probe.touch()
                probe.unlink()
        except OSError as error:
            raise DirectoryUnusable(
                f"The engine cannot write its directory {self.base}: {error.strerror or error}. "
                "Choose another with --directory."
            ) from error

    def root(self, type: str) -> Path:
        """Return the directory of a folder type.

        Raises:
            FileOutside: the type is none of input, output and temp.
        """
        if type not in FOLDER_TYPES:
            raise FileOutside(f"'{type}' is not a folder of the engine: use input, output or temp.")
        return self.base / type

    def path(self, name: str, *, type: str = "output", subfolder: str = "") -> Path:
        """Return the path of `name` in `subfolder` of a folder type; it need not exist.

        Symbolic links are followed before the check.

        Raises:
            FileOutside: the name is empty, or leads outside the folder.
        """
        root = self.root(type)
        if not name or "\0" in name or "\0" in subfolder:
            raise FileOutside("A file name is empty or has a null byte in it.")
        return confine(root, Path(subfolder) / name)

    def annotated(self, name: str, *, default: FolderType = "input") -> Path:
        """Return the path that a name such as `a.png`, `sub/a.png` or `a.png [output]` means.

        Raises:
            FileOutside: it leads outside its folder.
        """
        match = _ANNOTATION.match(name)
        if match is None:
            return self.path(name, type=default)
        return self.path(match["name"], type=match["type"])

    def input_names(self) -> tuple[str, ...]:
        """Return the names of the files at the root of `input`, sorted, as LoadImage offers them."""
        if not self.input.is_dir():
            return ()
        return tuple(sorted(each.name for each in self.input.iterdir() if each.is_file()))

    def model_names(self, kind: str) -> tuple[str, ...]:
        """Return the names of the model files of a kind, sorted; empty for an unknown kind."""
        directory = self.models / kind
        if kind != Path(kind).name or not directory.is_dir():
            return ()
        return tuple(sorted(each.name for each in directory.iterdir() if each.is_file()))

    def model_kinds(self) -> tuple[str, ...]:
        """Return the kinds of model files, sorted."""
        if not self.models.is_dir():
            return ()
        return tuple(sorted(each.name for each in self.models.iterdir() if each.is_dir()))


def confine(root: Path, name: Path) -> Path:
    """Return `root / name` with links resolved.

    Raises:
        FileOutside: the result is not inside `root`.
    """
    root = root.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or path == root:
        raise FileOutside(f"'{name}' leads outside the engine's {root.name} directory.")
    return path
