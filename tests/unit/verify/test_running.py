"""The runner: whatever a check does, its claim gets a verdict, and no other claim suffers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from atelier.errors import JobLost
from atelier.verify.case import Case
from atelier.verify.claim import Claim
from atelier.verify.code import CODES
from atelier.verify.profile import includes
from atelier.verify.report import Report
from atelier.verify.reports import FORMS
from atelier.verify.result import Result
from atelier.verify.run import verify
from atelier.verify.target import Target

#: Nothing listens on the discard port of this machine.
NOWHERE = "http://127.0.0.1:9"

Check = Callable[[Case], Awaitable[None]]


async def holds(case: Case) -> None:
    case.note("It was looked at.")


async def says_nothing(case: Case) -> None:
    pass


async def breaks(case: Case) -> None:
    case.note("Before it broke.")
    raise KeyError("nobody foresaw this")


async def hangs(case: Case) -> None:
    case.note("Before it hung.")
    await asyncio.Event().wait()


async def fails(case: Case) -> None:
    case.fail("node", "A node is missing.", "Install it.")


async def does_not_apply(case: Case) -> None:
    case.skip("It says nothing here.")


async def loses_a_job(case: Case) -> None:
    raise JobLost("It is gone.", job_id="1")


async def cancels_itself(case: Case) -> None:
    raise asyncio.CancelledError


def claim(name: str, check: Check, **values: object) -> Claim:
    return Claim(id=f"test.{name}", text="It holds.", check=check, **values)  # type: ignore[arg-type]


async def results(*claims: Claim, **target: object) -> dict[str, Result]:
    report = await verify(Target(url=NOWHERE, **target), claims, profile="quick")  # type: ignore[arg-type]
    return {each.claim.removeprefix("test."): each for each in report.results}


async def test_each_way_in_which_a_check_can_end_gives_its_verdict_and_the_others_go_on() -> None:
    found = await results(
        claim("hangs", hangs, seconds=0.05),
        claim("breaks", breaks),
        claim("says nothing", says_nothing),
        claim("fails", fails),
        claim("does not apply", does_not_apply),
        claim("loses a job", loses_a_job),
        claim("cancels itself", cancels_itself),
        claim("holds", holds),
    )
    assert {name: (each.verdict, each.code) for name, each in found.items()} == {
        "hangs": ("failed", "late"),
        "breaks": ("failed", "unexpected"),
        "says nothing": ("failed", "no-evidence"),
        "fails": ("failed", "node"),
        "does not apply": ("skipped", ""),
        "loses a job": ("failed", "job-lost"),
        "cancels itself": ("failed", "unexpected"),
        "holds": ("passed", ""),
    }
    assert "Before it broke." in str(found["breaks"].evidence)
    assert "nobody foresaw this" in found["breaks"].reason
    assert "Before it hung." in str(found["hangs"].evidence)


@pytest.mark.parametrize("turn", ["alone", "together", "drawing", "last"])
async def test_a_check_that_breaks_stops_no_other_whenever_it_runs(turn: str) -> None:
    found = await results(claim("breaks", breaks, turn=turn), claim("holds", holds, turn="last"))
    assert found["holds"].verdict == "passed"


async def test_checks_run_side_by_side_but_never_too_many() -> None:
    running, most = 0, 0
    enough = asyncio.Event()

    async def counts(case: Case) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 8:
            enough.set()
        await enough.wait()
        # Long enough for a ninth, were there one.
        for _ in range(50):
            await asyncio.sleep(0)
        running -= 1
        case.note("It ran.")

    async def nothing_here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(nothing_here, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        found = await verify(
            Target(url=f"http://{host}:{port}"),
            [claim(f"number {number}", counts) for number in range(24)],
            profile="quick",
        )
    assert most == 8
    assert {each.verdict for each in found.results} == {"passed"}


async def test_where_nothing_answers_no_check_waits_for_another() -> None:
    running = 0
    all_there = asyncio.Event()

    async def waits_for_all(case: Case) -> None:
        nonlocal running
        running += 1
        if running == 12:
            all_there.set()
        await all_there.wait()
        case.note("It ran.")

    turns = ("alone", "together", "drawing", "last")
    found = await results(
        *(claim(f"{turn} {number}", waits_for_all, turn=turn) for turn in turns for number in range(3))
    )
    assert {each.verdict for each in found.values()} == {"passed"}


async def test_a_reason_of_any_length_and_of_any_characters_can_be_read_and_written_down() -> None:
    async def fails_at_length(case: Case) -> None:
        case.note("size mismatch \ud83d " * 5000)
        case.fail("job", "size mismatch \ud83d " * 5000, "See the log.")

    report = await verify(Target(url=NOWHERE), [claim("fails", fails_at_length)], profile="quick")
    result = report.results[0]
    assert len(result.reason) < 600
    assert "80000 characters" in result.reason
    assert len(str(result.evidence)) < 2200
    for written in FORMS.values():
        assert "size mismatch ?" in written(report).encode().decode()


async def test_a_check_that_does_not_let_go_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atelier.verify.run._GRACE", 0.01)
    free = asyncio.Event()

    async def clings(case: Case) -> None:
        case.note("It began.")
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    found = await results(claim("clings", clings, seconds=0.01), claim("holds", holds, turn="last"))
    free.set()
    assert found["clings"].code == "late"
    assert found["holds"].verdict == "passed"


async def test_what_is_missing_for_a_check_is_said_and_skips_it() -> None:
    found = await results(claim("second", holds, needs=("second_token",)), token="a-token")
    assert found["second"].verdict == "skipped"
    assert "--second-token" in found["second"].reason


def test_the_longer_profiles_look_at_all_that_the_shorter_ones_do() -> None:
    assert includes("full", "daily")
    assert includes("daily", "quick")
    assert not includes("quick", "daily")


def test_a_pass_without_evidence_cannot_even_be_written_down() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        Result(claim="c", text="t", verdict="passed", seconds=0.0)
    with pytest.raises(ValueError, match="without a code"):
        Result(claim="c", text="t", verdict="failed", reason="r", seconds=0.0)
    with pytest.raises(ValueError, match="without a reason"):
        Result(claim="c", text="t", verdict="skipped", seconds=0.0)


async def test_the_score_counts_evidence_only_and_nothing_looked_at_is_not_good() -> None:
    def scored(report: Report) -> tuple[float | None, bool]:
        return report.score, report.good

    async def of(*claims: Claim) -> Report:
        return await verify(Target(url=NOWHERE), claims, profile="quick")

    assert scored(await of(claim("a", does_not_apply))) == (None, False)
    assert scored(await of(claim("a", does_not_apply), claim("b", holds))) == (1.0, True)
    assert scored(await of(claim("a", fails), claim("b", holds), claim("c", does_not_apply))) == (0.5, False)


def test_every_code_is_explained() -> None:
    assert all(text.endswith(".") for text in CODES.values())
