"""How far each node of a job has come: ComfyUI's `progress_state`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

#: Every message repeats all nodes that began. Up to this many nodes each change is told; beyond, as many
#: messages as `_INTERVAL` allows, so that a job's traffic does not grow with the square of its nodes.
_ALWAYS_TOLD = 100
#: Seconds between two messages about a large workflow.
_INTERVAL = 0.1


class ProgressBoard:
    """The nodes of one job that began, and what they are to be told as.

    Each method returns the data of a `progress_state` message, or None when it is not yet time for one. The
    data never change afterwards.
    """

    def __init__(self, prompt_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._prompt_id = prompt_id
        self._clock = clock
        self._nodes: dict[str, dict[str, Any]] = {}
        self._told_at = -_INTERVAL
        self._untold = False

    def start(self, node_id: str) -> dict[str, Any] | None:
        """Say that a node begins."""
        return self._set(node_id, 0.0, 1.0, "running")

    def update(self, node_id: str, value: int, maximum: int) -> dict[str, Any] | None:
        """Say how many steps of a node are done."""
        return self._set(node_id, value, maximum, "running")

    def finish(self, node_id: str) -> dict[str, Any] | None:
        """Say that a node is done; one that never began came from the cache."""
        entry = self._nodes.get(node_id)
        maximum = 1 if entry is None else entry["max"]
        return self._set(node_id, maximum, maximum, "finished")

    def rest(self) -> dict[str, Any] | None:
        """Return what was held back, at the end of a job."""
        return self._tell() if self._untold else None

    def _set(self, node_id: str, value: float, maximum: float, state: str) -> dict[str, Any] | None:
        # A new dict each time: earlier messages may still wait to be serialised.
        self._nodes[node_id] = {
            "value": value,
            "max": maximum,
            "state": state,
            "node_id": node_id,
            "prompt_id": self._prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }
        self._untold = True
        if len(self._nodes) > _ALWAYS_TOLD and self._clock() - self._told_at < _INTERVAL:
            return None
        return self._tell()

    def _tell(self) -> dict[str, Any]:
        self._told_at = self._clock()
        self._untold = False
        return {"prompt_id": self._prompt_id, "nodes": dict(self._nodes)}
