"""What claims have to know of engines."""

from __future__ import annotations

import pytest

from atelier.storage.contract import Storage
from atelier.storage.fairness import MODEL_PATIENCE, REPORT_COUNTS
from tests.integration.storage.makers import Clock, add_accounts, claim, submit


async def report(storage: Storage, name: str, *, model: str | None, idle: bool = True) -> None:
    await storage.engines.report(name, address=f"http://{name}:8188", state="up", model=model, idle=idle)


async def test_engines_are_listed_with_what_they_reported(storage: Storage, clock: Clock) -> None:
    await report(storage, "two", model=None, idle=False)
    await report(storage, "one", model="m")
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    await claim(storage, engine="two")
    one, two = await storage.engines.list()
    assert one == {
        "name": "one",
        "address": "http://one:8188",
        "state": "up",
        "model": "m",
        "idle": True,
        "detail": "",
        "draining": False,
        "reported_at": clock(),
        "running": 0,
    }
    assert (two["name"], two["idle"], two["running"]) == ("two", False, 1)


async def test_a_job_is_left_for_the_idle_engine_that_holds_its_model(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await report(storage, "holder", model="m")
    await report(storage, "other", model="x")
    job = await submit(storage, "ada", model="m")
    anything = await submit(storage, "ada")
    first = await claim(storage, engine="other")
    assert first is not None
    assert first.id == anything.id
    assert await claim(storage, engine="other") is None
    held = await claim(storage, engine="holder")
    assert held is not None
    assert held.id == job.id


async def test_an_engine_that_has_long_been_idle_is_waited_for_as_well(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada")
    for _ in range(10):
        await report(storage, "holder", model="m")
        clock.pass_by(10)
    await submit(storage, "ada", model="m")
    assert await claim(storage, engine="other") is None
    clock.pass_by(MODEL_PATIENCE)
    await report(storage, "holder", model="m")
    assert await claim(storage, engine="other") is not None


async def test_a_job_is_not_left_for_an_engine_that_is_busy(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await report(storage, "holder", model="m", idle=False)
    await submit(storage, "ada", model="m")
    assert await claim(storage, engine="other") is not None


async def test_an_engine_that_just_took_a_job_is_not_idle_whatever_it_reported(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await report(storage, "holder", model="m")
    for _ in range(2):
        await submit(storage, "ada", model="m")
    assert await claim(storage, engine="holder") is not None
    assert await claim(storage, engine="other") is not None


async def test_engines_that_both_hold_the_model_do_not_wait_for_each_other(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await report(storage, "one", model="m")
    await report(storage, "two", model="m")
    await submit(storage, "ada", model="m")
    assert await claim(storage, engine="two") is not None


@pytest.mark.parametrize("reason", ["it does not take the job", "it fell silent", "it drains"])
async def test_a_job_is_not_left_for_long(storage: Storage, clock: Clock, reason: str) -> None:
    await add_accounts(storage, "ada")
    await report(storage, "holder", model="m")
    await submit(storage, "ada", model="m")
    assert await claim(storage, engine="other") is None
    match reason:
        case "it does not take the job":
            clock.pass_by(MODEL_PATIENCE)
            await report(storage, "holder", model="m")
        case "it fell silent":
            clock.pass_by(REPORT_COUNTS)
        case _:
            await storage.engines.drain("holder", draining=True)
    assert await claim(storage, engine="other") is not None


async def test_an_engine_that_drains_gets_nothing_until_it_is_taken_back_in(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    await report(storage, "engine", model=None)
    assert await storage.engines.drain("engine", draining=True)
    await report(storage, "engine", model=None)
    assert await claim(storage) is None
    assert await storage.engines.drain("engine", draining=False)
    assert await claim(storage) is not None


async def test_an_engine_that_nobody_knows_cannot_be_drained(storage: Storage) -> None:
    assert not await storage.engines.drain("nothing", draining=True)
