"""What waits for one reader to take it, such as the signals of a run."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from atelier.client._events import Preview, Progress
from atelier.client._messages import Signal

#: Signals that wait at most. A reader that is slower than that loses steps and previews, then the oldest
#: signals; the outputs come from the history in any case.
LIMIT = 1000

Item = TypeVar("Item")


class Inbox(Generic[Item]):
    """A bounded queue; putting never waits.

    Args:
        expendable: Tells which items are dropped first when it is full.
        limit: Items that wait at most.
    """

    def __init__(self, expendable: Callable[[Item], bool], *, limit: int = LIMIT) -> None:
        self._items: deque[Item] = deque()
        self._expendable = expendable
        self._limit = limit
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Add an item; at the limit, drop the oldest expendable one, or else the oldest."""
        if len(self._items) >= self._limit:
            place = next((n for n, each in enumerate(self._items) if self._expendable(each)), 0)
            del self._items[place]
        self._items.append(item)
        self._filled.set()

    def put_first(self, items: Iterable[Item]) -> None:
        """Add items that are to be taken before all others, in their order."""
        self._items.extendleft(reversed(list(items)))
        if self._items:
            self._filled.set()

    def take(self) -> Item | None:
        """Remove and return the next item; None where there is none."""
        if not self._items:
            return None
        item = self._items.popleft()
        if not self._items:
            self._filled.clear()
        return item

    async def wait(self) -> None:
        """Wait until there is an item."""
        await self._filled.wait()


def signal_inbox(*, limit: int = LIMIT) -> Inbox[Signal]:
    """Return an inbox for the signals of a run."""
    return Inbox(lambda signal: isinstance(signal, (Progress, Preview)), limit=limit)
