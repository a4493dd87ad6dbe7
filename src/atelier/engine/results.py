"""Results of nodes, kept so that the next job need not work them out again."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atelier.errors import FileOutside

if TYPE_CHECKING:
    from atelier.engine.folders import Folders
    from atelier.engine.signatures import Signature
    from atelier.schemas.notices import Notice


@dataclass(frozen=True, kw_only=True)
class Result:
    """What running one node gave."""

    values: tuple[Any, ...]
    ui: Mapping[str, Any] | None
    notices: tuple[Notice, ...]
    #: Whether one of the values keeps model weights in memory.
    holds_model: bool

    def files_exist(self, folders: Folders) -> bool:
        """Return whether the files that `ui` names are all still there."""
        for group in (self.ui or {}).values():
            for each in group if isinstance(group, list | tuple) else ():
                if isinstance(each, Mapping) and "filename" in each and not _exists(each, folders):
                    return False
        return True


class ResultCache:
    """Results by signature: those of the latest job, like ComfyUI's classic cache.

    Only the worker's thread touches it.
    """

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._results: dict[Signature, Result] = {}

    def get(self, signature: Signature | None) -> Result | None:
        """Return the result, unless a file of it has vanished."""
        if signature is None:
            return None
        result = self._results.get(signature)
        # ComfyUI would announce the name of a picture that is no longer there.
        return result if result is not None and result.files_exist(self._folders) else None

    def put(self, signature: Signature, result: Result) -> None:
        self._results[signature] = result

    def keep(self, signatures: Container[Signature]) -> None:
        """Drop every other result."""
        self._results = {key: value for key, value in self._results.items() if key in signatures}

    def drop_models(self) -> None:
        """Drop the results that keep model weights in memory."""
        self._results = {key: value for key, value in self._results.items() if not value.holds_model}

    def clear(self) -> None:
        """Drop every result."""
        self._results.clear()


def _exists(file: Mapping[str, Any], folders: Folders) -> bool:
    try:
        path = folders.path(
            file["filename"], type=file.get("type", "output"), subfolder=file.get("subfolder", "")
        )
    except FileOutside:
        return False
    return path.is_file()
