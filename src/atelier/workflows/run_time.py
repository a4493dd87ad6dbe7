"""Faults that a server accepts and that make a node fail when it runs.

Source: runs on ComfyUI 0.3.64, recorded in tests/reference/comfyui/checks.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from atelier.workflows import wiring
from atelier.workflows.remedies import Remedy, shown
from atelier.workflows.survey import Survey


def run_time_faults(survey: Survey) -> Iterator[tuple[str, str | None, str, Remedy]]:
    """Yield node, input, what is wrong and what to do, for the nodes that run."""
    for node_id in survey.workflow:
        if node_id in survey.live and survey.types[node_id] is not None:
            inputs = wiring.inputs_of(survey.workflow[node_id])
            prefix = inputs.get("filename_prefix")
            if isinstance(prefix, str) and leaves_its_folder(prefix):
                yield (
                    node_id,
                    "filename_prefix",
                    f"{shown(prefix)} leads out of the server's output folder, where it may not write.",
                    Remedy(fix="Use a name, or sub-folders without a leading slash and without '..'."),
                )


def leaves_its_folder(prefix: str) -> bool:
    """Return whether files with this prefix would lie outside of the server's output folder."""
    folder = posixpath.dirname(posixpath.normpath(prefix))
    return folder.startswith("/") or folder.split("/")[0] == ".."
