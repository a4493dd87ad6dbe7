"""Data packages: models that come in a wheel of their own."""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

#: The entry points by which a package says that it has a folder `weights`: the value is the package's name.
GROUP = "atelier.models"


def model_folders() -> tuple[Path, ...]:
    """Return the folders of models that the installed data packages bring, in the order of their names."""
    found = sorted(entry_points(group=GROUP), key=lambda each: each.name)
    return tuple(Path(str(files(each.value) / "weights")) for each in found)
