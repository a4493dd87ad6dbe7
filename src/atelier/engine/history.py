"""What became of the jobs that are over."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

#: One entry of `GET /history`: prompt, outputs, status, meta, atelier.notice. Never changed once added.
Entry = Mapping[str, Any]


class History:
    """The latest `limit` jobs that are over, oldest first. Safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def add(self, prompt_id: str, entry: Entry) -> None:
        """Add the newest entry; it replaces an older one of the same id."""
        with self._lock:
            self._entries.pop(prompt_id, None)
            self._entries[prompt_id] = entry
            while len(self._entries) > self._limit:
                del self._entries[next(iter(self._entries))]

    def get(self, prompt_id: str) -> dict[str, Entry]:
        """Return `{prompt_id: entry}`; empty for a job that is unknown, waits or runs."""
        with self._lock:
            entry = self._entries.get(prompt_id)
        return {} if entry is None else {prompt_id: entry}

    def page(self, max_items: int | None = None, offset: int | None = None) -> dict[str, Entry]:
        """Return `max_items` entries from `offset` on, oldest first.

        Args:
            max_items: How many at most; None for all.
            offset: How many of the oldest to pass over; None or less than 0 for the last `max_items`.
        """
        with self._lock:
            entries = list(self._entries.items())
        count = len(entries) if max_items is None else max(0, max_items)
        if offset is None or offset < 0:
            offset = max(0, len(entries) - count)
        return dict(entries[offset : offset + count])

    def delete(self, prompt_ids: Iterable[str]) -> None:
        """Forget these jobs; unknown ids are passed over."""
        with self._lock:
            for each in prompt_ids:
                self._entries.pop(each, None)

    def clear(self) -> None:
        """Forget every job."""
        with self._lock:
            self._entries.clear()
