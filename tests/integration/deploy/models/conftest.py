"""A stand-in hub, and a folder to fetch into from it."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from atelier.deploy.models import (
    LOCK,
    Event,
    Fetching,
    Hub,
    HubFile,
    Kept,
    ModelFolder,
    ModelLock,
    Net,
    Patience,
    Plan,
    Retrying,
    StartedOver,
    Wanted,
)
from tests.integration.deploy.models.stand_in_hub import StandInHub

#: Not a multiple of anything, and of no pattern.
BODY = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(10_000))[:300_007]
SHA256 = hashlib.sha256(BODY).hexdigest()
KEY = "org/weights/split/model.safetensors"
WANTED = Wanted(
    folder="loras",
    name="model.safetensors",
    source=HubFile(repository="org/weights", path="split/model.safetensors"),
)

#: Pauses cost time and prove nothing.
QUICK = Patience(tries=4, progress=1000, first_pause=0.0, connect=120.0, question=120.0, silence=120.0)


@dataclass
class Bench:
    """A folder of models that is filled from the stand-in hub."""

    hub: StandInHub
    root: Path
    token: str | None = None
    patience: Patience = QUICK
    events: list[Event] = field(default_factory=list)

    @property
    def folder(self) -> ModelFolder:
        return ModelFolder(self.root / "models")

    @property
    def lock(self) -> ModelLock:
        return ModelLock(self.root / LOCK)

    @property
    def target(self) -> Path:
        return self.folder.target(WANTED)

    @property
    def part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def files(self) -> set[str]:
        """Every file in the folder of models."""
        return {each.name for each in self.folder.root.rglob("*") if each.is_file()}

    @property
    def retries(self) -> list[Retrying]:
        return [each for each in self.events if isinstance(each, Retrying)]

    @property
    def started_over(self) -> list[StartedOver]:
        return [each for each in self.events if isinstance(each, StartedOver)]

    async def plan(self, wanted: Sequence[Wanted] = (WANTED,)) -> Plan:
        async with Net.opened(self._hub(), self.patience) as net:
            return await self._fetching(net).plan(wanted)

    async def fetch(self, wanted: Sequence[Wanted] = (WANTED,), *, recheck: bool = False) -> tuple[Kept, ...]:
        async with Net.opened(self._hub(), self.patience) as net:
            fetching = self._fetching(net)
            return await fetching.carry_out(await fetching.plan(wanted, recheck=recheck))

    def _hub(self) -> Hub:
        return Hub(endpoint=self.hub.hub_url, token=self.token, patience=self.patience)

    def _fetching(self, net: Net) -> Fetching:
        return Fetching(self.folder, self.lock, net, self.events.append, today=lambda: date(2026, 1, 31))


@pytest.fixture
async def hub() -> AsyncIterator[StandInHub]:
    """A running stand-in that has one file."""
    stand_in = StandInHub(files={KEY: BODY})
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
def bench(hub: StandInHub, tmp_path: Path) -> Bench:
    return Bench(hub=hub, root=tmp_path)
