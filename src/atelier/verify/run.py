"""Runs the checks side by side, each with its own deadline, and none in the way of another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from atelier import __version__
from atelier.errors import AtelierError
from atelier.verify.bench import Bench
from atelier.verify.brief import brief
from atelier.verify.case import Case
from atelier.verify.claim import NEEDS, Claim, Need
from atelier.verify.evidence import Evidence
from atelier.verify.failures import failure_from
from atelier.verify.kind import KINDS
from atelier.verify.outcome import Failed, Skipped
from atelier.verify.profile import Profile, includes
from atelier.verify.redaction import Redaction
from atelier.verify.report import Looked, Report
from atelier.verify.result import Result, Verdict
from atelier.verify.target import Target

#: Checks that run at a time, and pictures that are drawn at a time.
_AT_ONCE, _DRAWING_AT_ONCE = 8, 2
#: Seconds that a check whose time is up gets to clean up, such as to take its job off the server.
_GRACE = 5.0
#: Characters of a reason; the evidence has more.
_LONGEST = 500

_OUR_FAULT = "This is a fault of Atelier: report it."

#: Called with each result, the number of those that there are by now, and of all.
OnResult = Callable[[Result, int, int], None]


async def verify(
    target: Target,
    claims: Sequence[Claim],
    *,
    profile: Profile,
    on_result: OnResult | None = None,
) -> Report:
    """Look at every claim of a profile and return what was found.

    A check that fails, hangs or breaks ends its own claim and no other.

    Args:
        claims: All that there are; those of longer profiles are left out.
        on_result: Called as results come in.
    """
    redaction = Redaction([target.token, target.second_token])
    wanted = [each for each in claims if includes(profile, each.profile)]
    began, clock = datetime.now(UTC), time.perf_counter()
    results: dict[str, Result] = {}
    async with Bench(target, redaction) as bench:
        identity = await bench.identify()

        async def one(claim: Claim, places: asyncio.Semaphore) -> None:
            async with places:
                results[claim.id] = await _looked_at(claim, bench)
            if on_result is not None:
                on_result(results[claim.id], len(results), len(wanted))

        def those(*turns: str) -> Iterable[Claim]:
            return [each for each in wanted if each.turn in turns]

        at_once, drawing = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_DRAWING_AT_ONCE)
        first, then, last = those("alone"), those("together", "drawing"), those("last")
        if not identity.answered:
            # What never answers is not disturbed; one after the other, the deadlines would add up to minutes.
            at_once = drawing = asyncio.Semaphore(len(wanted) or 1)
            first, then, last = [], wanted, []
        for claim in first:
            await one(claim, at_once)
        async with asyncio.TaskGroup() as group:
            for claim in then:
                group.create_task(one(claim, drawing if claim.turn == "drawing" else at_once))
        for claim in last:
            await one(claim, at_once)
        kind = bench.kind
    return Report(
        target=Looked(
            url=redaction.hide(str(target.base)),
            kind=kind,
            profile=profile,
            token=target.token is not None,
            second_token=target.second_token is not None,
            version=__version__,
        ),
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - clock, 3),
        results=tuple(results[each.id] for each in wanted),
    )


async def _looked_at(claim: Claim, bench: Bench) -> Result:
    """Return the result of a claim, however its check ends."""
    case = Case(claim, bench)
    hide = bench.redaction.hide
    began = time.perf_counter()

    def result(verdict: Verdict, *, reason: str = "", remedy: str = "", code: str = "") -> Result:
        evidence: tuple[Evidence, ...] = tuple(case.evidence)
        if verdict == "passed" and not evidence:
            verdict, code = "failed", "no-evidence"
            reason, remedy = "The check ended without evidence.", _OUR_FAULT
        return Result(
            claim=claim.id,
            text=claim.text,
            verdict=verdict,
            reason=brief(hide(reason), _LONGEST),
            remedy=hide(remedy),
            code=code,
            seconds=round(time.perf_counter() - began, 3),
            evidence=evidence,
        )

    if bench.kind in claim.not_for:
        return result("skipped", reason=claim.not_for[bench.kind])
    for need in claim.needs:
        if not _has(bench.target, need):
            return result("skipped", reason=NEEDS[need])
    seconds = claim.deadline(bench.target.drawing_seconds)
    task = asyncio.create_task(_checked(claim, case))
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()
        # A check that does not let go is left behind; its claim has failed all the same.
        await asyncio.wait({task}, timeout=_GRACE)
        return result(
            "failed",
            code="late",
            reason=f"The check did not end within its {seconds:g} s.",
            remedy="See whether the server hangs; its log says what it does.",
        )
    if task.cancelled():
        return result(
            "failed", code="unexpected", reason="The check was cancelled from within.", remedy=_OUR_FAULT
        )
    match task.result():
        case None:
            return result("passed")
        case Skipped(reason=reason, remedy=remedy):
            return result("skipped", reason=reason, remedy=remedy)
        case Failed(code=code, reason=reason, remedy=remedy):
            return result("failed", code=code, reason=reason, remedy=remedy)


async def _checked(claim: Claim, case: Case) -> Failed | Skipped | None:
    """Run the check and return how it ends otherwise than well."""
    try:
        await claim.check(case)
    except (Failed, Skipped) as ended:
        return ended
    except AtelierError as error:
        return failure_from(error)
    except Exception as error:  # noqa: BLE001 -- whatever breaks a check breaks its claim, and no other's
        where = _place(error)
        return Failed(
            "unexpected",
            f"The check broke at {where}: {type(error).__name__}: {error}",
            "The server answered what the check did not foresee, or the check is wrong: see the evidence.",
        )
    return None


def _place(error: Exception) -> str:
    """Return file and line where an error arose."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    name = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{name}:{trace.tb_lineno}"


def _has(target: Target, need: Need) -> bool:
    match need:
        case "token":
            return target.token is not None
        case "second_token":
            return target.second_token is not None
        case "tls":
            return target.secure
        case "restart":
            return bool(target.restart)
        case "deployment":
            return target.machine is not None


def kind_in_words(report: Report) -> str:
    """Return what was found at the address, in words."""
    return KINDS[report.target.kind]
