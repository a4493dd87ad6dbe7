"""What a job leaves behind: files on the server, pictures in memory, and the record of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atelier.schemas.notices import Notice


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """A file in the server's input, output or temp folder."""

    filename: str
    subfolder: str = ""
    #: `input`, `output` or `temp`.
    type: str = "output"
    #: The node that wrote it; None for an upload.
    node_id: str | None = None

    @property
    def reference(self) -> str:
        """The value for LoadImage's `image` input."""
        name = f"{self.subfolder}/{self.filename}" if self.subfolder else self.filename
        return name if self.type == "input" else f"{name} [{self.type}]"

    @classmethod
    def from_json(cls, document: object, *, node_id: str | None = None) -> ImageFile | None:
        """Return what an `images` entry names; None where it names no file."""
        if not isinstance(document, Mapping):
            return None
        filename, subfolder, type_ = (document.get(key) for key in ("filename", "subfolder", "type"))
        if not isinstance(filename, str) or not filename:
            return None
        return cls(
            filename=filename,
            subfolder=subfolder if isinstance(subfolder, str) else "",
            type=type_ if isinstance(type_, str) else "output",
            node_id=node_id,
        )


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A downloaded picture."""

    file: ImageFile
    data: bytes = field(repr=False)
    media_type: str

    def save(self, path: Path | str) -> Path:
        """Write the bytes to `path`, making its directory, and return it."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.data)
        return path


@dataclass(frozen=True, kw_only=True)
class Result:
    """A job that succeeded."""

    job_id: str
    #: Every picture that the server names, in the order of its output nodes.
    images: tuple[ImageFile, ...]
    #: What the user should know although the job succeeded.
    notices: tuple[Notice, ...] = ()
    #: From sending the workflow to the end, waiting in the queue included.
    seconds: float
    #: All outputs by node id, as the server reports them.
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    #: The downloaded pictures: filled by generate_text2image, edit, redraw and inpaint.
    pictures: tuple[Picture, ...] = ()
    #: The seed, where the client built the workflow.
    seed: int | None = None


def images_of(outputs: Mapping[str, Any]) -> tuple[ImageFile, ...]:
    """Return the pictures that outputs by node id name; malformed entries are left out."""
    found = []
    for node_id, output in outputs.items():
        entries = output.get("images") if isinstance(output, Mapping) else None
        if not isinstance(entries, list):
            continue
        files = (ImageFile.from_json(entry, node_id=node_id) for entry in entries)
        found += [file for file in files if file is not None]
    return tuple(found)
