"""The engine's directories, and the only way from a name in a request to a path on disk."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from atelier.engine.numbered_files import NumberedFiles
from atelier.errors import DirectoryUnusable, FileOutside

FolderType = Literal["input", "output", "temp"]
FOLDER_TYPES: tuple[FolderType, ...] = ("input", "output", "temp")

#: The weights that the package brings along.
WEIGHTS = Path(__file__).parent / "weights"

_ANNOTATION = re.compile(r"^(?P<name>.*) \[(?P<type>input|output|temp)\]$", re.DOTALL)

#: Names that mean a device on Windows, whatever their suffix.
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"]
)
#: The longest name that common file systems take, in bytes.
_LONGEST_NAME = 255


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where the engine reads and writes: `input`, `output`, `temp` and `user` under one base directory.

    Nothing outside the first three is read or written on behalf of a workflow, and nothing outside `user`
    on behalf of settings and user data.
    """

    base: Path
    #: Where model files are, each with one sub-folder a kind: `diffusion_models`, `text_encoders`, `vae`,
    #: `checkpoints`. Of two files of one name, the earlier folder's counts.
    models: tuple[Path, ...] = (WEIGHTS,)
    #: The running numbers of the files that are saved in these directories.
    numbered: NumberedFiles = field(default_factory=NumberedFiles, repr=False, compare=False)

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
        if not name:
            raise FileOutside("A file name is empty.")
        return confine(root, Path(subfolder) / name)

    def annotated(self, name: str, *, default: FolderType = "input") -> Path:
        """Return the path that a name such as `a.png`, `sub/a.png` or `a.png [output]` means.

        Raises:
            FileOutside: it leads outside its folder.
        """
        name, type = split_annotation(name)
        return self.path(name, type=type or default)

    def input_names(self) -> tuple[str, ...]:
        """Return the names of the files at the root of `input`, sorted, as LoadImage offers them."""
        if not self.input.is_dir():
            return ()
        return tuple(sorted(each.name for each in self.input.iterdir() if each.is_file()))

    def model_names(self, kind: str) -> tuple[str, ...]:
        """Return the names of the model files of a kind, sorted; empty for an unknown kind."""
        if kind != Path(kind).name:
            return ()
        directories = [root / kind for root in self.models if (root / kind).is_dir()]
        files = (each for directory in directories for each in directory.iterdir() if each.is_file())
        return tuple(sorted({each.name for each in files}))

    def model_kinds(self) -> tuple[str, ...]:
        """Return the kinds of model files, sorted."""
        kinds = (each for root in self.models if root.is_dir() for each in root.iterdir() if each.is_dir())
        return tuple(sorted({each.name for each in kinds}))

    def model_path(self, kind: str, name: str) -> Path:
        """Return where a model file of a kind is; where it is nowhere, where the first folder would have it.

        Raises:
            FileOutside: the name leads outside the folders.
        """
        paths = [confine(root / kind, Path(name)) for root in self.models]
        return next((path for path in paths if path.is_file()), paths[0])


def split_annotation(name: str) -> tuple[str, str | None]:
    """Split `a.png [output]` into the name and the folder type; None where there is no type."""
    match = _ANNOTATION.match(name)
    return (name, None) if match is None else (match["name"], match["type"])


def confine(root: Path, name: Path) -> Path:
    """Return `root / name` with links resolved.

    A name is refused on every system when it would mean something else on one of them: a Windows path, a
    drive, a data stream, a device.

    Raises:
        FileOutside: the result is not inside `root`, or the name is not one for every system.
    """
    if not all(_is_portable(part) for part in name.parts if part != name.anchor):
        raise FileOutside(f"{str(name)!r} has a part that is no file name on every system.")
    root = root.resolve()
    # A loop of symbolic links is a RuntimeError before Python 3.13, and left as it is since.
    try:
        path = (root / name).resolve()
        if any(each.is_symlink() for each in (path, *path.parents)):
            raise OSError(f"'{name}' leads in a circle")
    except (OSError, RuntimeError) as error:
        raise FileOutside(f"'{name}' cannot be followed to a file.") from error
    if not path.is_relative_to(root) or path == root:
        raise FileOutside(f"'{name}' leads outside the engine's {root.name} directory.")
    return path


def _is_portable(part: str) -> bool:
    """Say whether one part of a path is a plain name on Linux, macOS and Windows alike."""
    if part == "..":
        return True  # a matter of where it leads
    try:
        length = len(part.encode())
    except UnicodeEncodeError:
        return False
    return (
        length <= _LONGEST_NAME
        and not any(character < " " or character in ":\\\x7f" for character in part)
        and not part.endswith((" ", "."))
        and part.partition(".")[0].rstrip().upper() not in _DEVICES
    )
