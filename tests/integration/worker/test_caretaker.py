"""Lost leases, clocks that jump, and jobs that no engine can run."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from atelier.schemas.needs import Needs
from atelier.storage.job import JobState
from atelier.worker.caretaker import Caretaker
from atelier.workflows.object_info import NodeCatalogue
from tests.integration.worker.house import HURRY, House

EMPTY_IMAGE = NodeCatalogue.parse({"EmptyImage": {"input": {}}})
NEEDS = Needs(node_classes=frozenset({"Hologram"}), models=frozenset(), model=None, kind="hologram")


@dataclass
class Engine:
    """An engine as a caretaker sees it."""

    live: bool = True
    catalogue: NodeCatalogue = field(default_factory=NodeCatalogue)


class Setting:
    """A caretaker, its engines, and the clock that never jumps."""

    def __init__(self, house: House, *, deadline: float = 60.0) -> None:
        self.now = 0.0
        self.house = house
        self.engines: list[Engine] = []
        self.caretaker = Caretaker(
            house.storage.jobs,
            lambda: self.engines,
            deadline=deadline,
            pace=HURRY,
            bells=house.surroundings.bells,
            announcer=house.notes,
            wall=house.clock,
            monotonic=lambda: self.now,
        )

    async def later(self, seconds: float) -> None:
        """Let time pass on both clocks, and make a round."""
        self.now += seconds
        self.house.ahead += seconds
        await self.caretaker.round()


@pytest.fixture
def setting(house: House) -> Setting:
    return Setting(house, deadline=60.0)


async def test_a_job_whose_lease_ran_out_waits_again(house: House, setting: Setting) -> None:
    setting.engines = [Engine()]
    job = await house.submit()
    await house.taken()
    rung = house.surroundings.bells.waiting.rung
    await setting.later(HURRY.lease - 1)
    assert (await house.job(job)).state is JobState.RUNNING
    await setting.later(2)
    assert (await house.job(job)).state is JobState.QUEUED
    assert rung.is_set()
    assert house.notes.all == []


async def test_a_job_whose_lease_ran_out_three_times_fails_and_its_account_hears_of_it(
    house: House, setting: Setting
) -> None:
    setting.engines = [Engine()]
    job = await house.submit()
    for _ in range(3):
        await house.taken()
        await setting.later(HURRY.lease + 1)
    assert (await house.job(job)).state is JobState.FAILED
    assert house.notes.types(job) == ["execution_error", "executing"]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 10.0])
async def test_a_clock_that_jumps_costs_no_lease_and_gives_none_away(
    house: House, setting: Setting, jump: float
) -> None:
    setting.engines = [Engine()]
    job = await house.submit()
    await house.taken(lease=100.0)
    house.ahead += jump
    await setting.later(1)
    await setting.later(50)
    assert (await house.job(job)).state is JobState.RUNNING
    await setting.later(60)
    assert (await house.job(job)).state is JobState.QUEUED


async def test_right_after_a_jump_no_lease_is_taken_for_lost(house: House, setting: Setting) -> None:
    """Renewed after a jump back and before the round, a lease is moved too far back, and renewed soon."""
    setting.engines = [Engine()]
    await house.submit()
    house.ahead -= 3600
    job = await house.taken()
    await setting.later(1)
    assert (await house.job(job)).state is JobState.RUNNING
    await house.storage.jobs.renew(job.id, "gone", lease=HURRY.lease)
    await setting.later(1)
    assert (await house.job(job)).state is JobState.RUNNING


async def test_a_job_that_nobody_can_run_fails_after_the_deadline_with_what_is_missing(
    house: House, setting: Setting
) -> None:
    setting.engines = [Engine(catalogue=EMPTY_IMAGE)]
    job, other = await house.submit(needs=NEEDS), await house.submit()
    await setting.later(1)
    await setting.later(59)
    assert (await house.job(job)).state is JobState.QUEUED
    await setting.later(2)
    failed = await house.job(job)
    assert failed.state is JobState.FAILED
    assert failed.failure is not None
    assert "lacks the node class Hologram" in failed.failure
    assert house.notes.types(job) == ["execution_error", "executing"]
    assert (await house.job(other)).state is JobState.QUEUED


async def test_the_deadline_counts_only_while_nobody_can_run_the_job(house: House, setting: Setting) -> None:
    able, unable = Engine(catalogue=NodeCatalogue.parse({"Hologram": {}})), Engine()
    job = await house.submit(needs=NEEDS)
    for engines in ([unable], [able, unable], [unable], [able], []):
        setting.engines = engines
        await setting.later(1)
        await setting.later(50)
    assert (await house.job(job)).state is JobState.QUEUED
    setting.engines = [Engine(live=False, catalogue=able.catalogue)]
    await setting.later(20)
    failed = await house.job(job)
    assert failed.state is JobState.FAILED
    assert "No engine was up" in (failed.failure or "")
