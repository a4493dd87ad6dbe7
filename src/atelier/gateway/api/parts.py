"""What the routes of the API work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from atelier.gateway.administration import Administration
from atelier.gateway.config import Config
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the routes of the API work with."""

    config: Config
    storage: Storage
    artifacts: ArtifactStore
    administration: Administration
    #: Wakes the workers when a running job is to be stopped.
    stopping: Callable[[], None]
    #: Seconds since 1970.
    now: Callable[[], float]

    @property
    def today(self) -> str:
        """The day for which use is counted now: an ISO date, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date().isoformat()
