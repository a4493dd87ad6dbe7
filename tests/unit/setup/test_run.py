"""Steps go in their order; a failure, a skip and an interruption leave the rest as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from atelier.deploy.deployment import checked
from atelier.errors import DeployError, UsageError
from atelier.setup.run import set_up
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome, Step
from atelier.setup.steps import STEPS


class Machine:
    """A machine on which steps do something, and on which one step may fail."""

    def __init__(self, names: Sequence[str], *, in_spite_of: frozenset[str] = frozenset()) -> None:
        self.done: set[str] = set()
        self.calls: list[str] = []
        self.fault: Exception | type[BaseException] | None = None
        self.at = ""
        self.steps = tuple(
            Step(
                name=name,
                title=name,
                carry_out=self._doing(name),
                plan=self._planning(name),
                without=None if name == "b" else f"no {name}",
                in_spite_of=in_spite_of if name == names[-1] else frozenset(),
            )
            for name in names
        )

    def _doing(self, name: str):  # type: ignore[no-untyped-def]
        async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
            self.calls.append(name)
            if name == self.at and self.fault is not None:
                raise self.fault
            changed = name not in self.done
            self.done.add(name)
            return Done(told=f"{name} is there", changed=changed)

        return carry_out

    def _planning(self, name: str):  # type: ignore[no-untyped-def]
        async def plan(setting: Setting) -> str:
            return f"would do {name}"

        return plan

    async def run(self, **options: object) -> dict[str, str]:
        setting = Setting(
            directory=Path("nowhere"),
            deployment=checked({"device": "cpu", "engine": "embedded"}, "the test"),
            tell=lambda text, /, **_: None,
            progress=lambda label, value, maximum: None,
        )
        outcomes = await set_up(
            setting,
            self.steps,
            on_step=lambda number, step: None,
            on_outcome=lambda outcome: None,
            **options,  # type: ignore[arg-type]
        )
        return {each.step: each.verdict for each in outcomes}


@pytest.mark.parametrize("at", ["a", "b", "c"])
async def test_after_a_failure_the_same_command_goes_on_from_there(at: str) -> None:
    machine = Machine("abc")
    machine.at, machine.fault = at, DeployError("planted")
    found = await machine.run()
    before, after = "abc".split(at)
    assert found == {
        **dict.fromkeys(before, "done"),
        at: "failed",
        **dict.fromkeys(after, "not reached"),
    }
    assert machine.calls == [*before, at]
    machine.fault = None
    assert await machine.run() == {**dict.fromkeys(before, "unchanged"), **dict.fromkeys(at + after, "done")}
    assert set((await machine.run()).values()) == {"unchanged"}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
async def test_an_interruption_is_passed_on_and_what_was_done_stays(
    interruption: type[BaseException],
) -> None:
    machine = Machine("abc")
    machine.at, machine.fault = "b", interruption
    with pytest.raises(interruption):
        await asyncio.ensure_future(machine.run()) if interruption is not KeyboardInterrupt else (
            await machine.run()
        )
    machine.fault = None
    assert await machine.run() == {"a": "unchanged", "b": "done", "c": "done"}


async def test_a_step_that_is_skipped_is_told_with_its_consequence_and_not_carried_out() -> None:
    machine = Machine("abc")
    assert await machine.run(skip={"a", "c"}) == {"a": "skipped", "b": "done", "c": "skipped"}
    assert machine.calls == ["b"]


async def test_a_step_without_which_there_is_nothing_cannot_be_skipped() -> None:
    machine = Machine("abc")
    with pytest.raises(UsageError, match="'b' cannot be skipped"):
        await machine.run(skip={"b"})
    assert machine.calls == []


async def test_a_dry_run_looks_at_the_first_and_says_what_the_others_would_do() -> None:
    machine = Machine("abc")
    assert await machine.run(dry_run=True) == {"a": "done", "b": "planned", "c": "planned"}
    assert machine.calls == ["a"]


async def test_the_report_is_written_in_spite_of_the_failure_that_it_shows() -> None:
    machine = Machine("abc", in_spite_of=frozenset("b"))
    machine.at, machine.fault = "b", DeployError("planted")
    assert await machine.run() == {"a": "done", "b": "failed", "c": "done"}
    machine.at = "a"
    assert await machine.run() == {"a": "failed", "b": "not reached", "c": "not reached"}


def test_there_are_seven_steps_and_each_that_may_be_skipped_says_what_follows() -> None:
    assert [each.name for each in STEPS] == [
        "prerequisites",
        "credentials",
        "models",
        "containers",
        "api",
        "picture",
        "report",
    ]
    assert [each.name for each in STEPS if each.without is None] == ["credentials"]
