"""What a node may use while it runs: files, models, progress, interruption, notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atelier.schemas.notices import Notice

if TYPE_CHECKING:
    from atelier.engine.diffusion.model_files import ModelFiles
    from atelier.engine.folders import Folders
    from atelier.engine.values import Array


@dataclass(frozen=True, kw_only=True)
class NodeContext:
    """The surroundings of one node of one job, handed to its `run`."""

    node_id: str
    folders: Folders
    models: ModelFiles
    #: The whole graph in API format, for the metadata of saved pictures.
    prompt: Mapping[str, Any]
    #: ComfyUI's `extra_data.extra_pnginfo`: further metadata, such as the page's workflow.
    extra_pnginfo: Mapping[str, Any]
    #: Report `(value, maximum, denoised latent or None)` after a step; raises JobInterruptedHere
    #: once the job is interrupted.
    report_progress: Callable[[int, int, Array | None], None]
    #: Raise JobInterruptedHere once the job is interrupted.
    check_interrupted: Callable[[], None]
    report_notice: Callable[[Notice], None]

    def notice(self, code: str, message: str, *items: str) -> None:
        """Tell the user something about this node although the job goes on."""
        self.report_notice(Notice(code=code, message=message, node_id=self.node_id, items=items))
