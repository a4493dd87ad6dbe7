"""Whether the server is there, under its own address, at the same time of day."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from yarl import URL

from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.failures import failure_of
from atelier.verify.kind import KINDS

#: Seconds that two clocks may differ; signatures, tickets and certificates bear no more.
_CLOCK = 30.0


async def answers(case: Case) -> None:
    """Look for a server of a known kind."""
    identity = await case.bench.identify()
    case.evidence.extend(identity.exchanges)
    last = identity.exchanges[-1]
    if identity.kind != "unknown":
        case.note(f"It is {KINDS[identity.kind]}, reached at {last.address or 'an unknown address'}.")
        return
    if last.status is None or last.status >= 500 or last.status in (301, 302, 307, 308, 401, 403):
        raise failure_of(last, "200")
    said = last.excerpt[:160] or "an empty body"
    if object_in(last):
        said = f"JSON that ComfyUI does not answer: {said}"
    case.fail(
        "stranger",
        f"{last.request} answered {last.status}, {last.media_type or 'without a type'}: {said}. That is "
        "neither ComfyUI nor Atelier.",
        "Check host, port and path of the address; if they are right, another program has taken the port.",
    )


async def own_address(case: Case) -> None:
    """Ask for the start page, and look where it leads."""
    answer = await case.ask("GET", "/", headers={"Accept": "application/json"})
    if answer.status is None:
        raise failure_of(answer, "an answer")
    if answer.location and 300 <= answer.status < 400:
        here = case.target.base
        if here.join(URL(answer.location, encoded=True)).origin() != here.origin():
            raise failure_of(answer, "an answer of its own")
    if answer.status >= 500:
        raise failure_of(answer, "an answer below 500")


async def own_origin(case: Case) -> None:
    """Ask as the service's own page does, which names its origin."""
    origin = str(case.target.base.origin())
    answer = await case.ask("GET", "/features", headers={"Origin": origin})
    case.expect(answer, 200)
    async with case.socket("/ws", token=case.target.token, headers={"Origin": origin}) as (handshake, opened):
        if opened is None:
            if handshake.status == 403:
                raise failure_of(handshake, "101")
            case.note("The WebSocket does not open for another reason, which another claim tells.")


async def foreign_origin(case: Case) -> None:
    """Ask as a page of another site would, which must not get to use a visitor's browser."""
    answer = await case.send(
        "POST", "/interrupt", document={"prompt_id": "none"}, headers={"Origin": "https://elsewhere.example"}
    )
    if answer.status is None:
        raise failure_of(answer, "403")
    if answer.status == 401:
        case.skip("It was refused for want of a token, which says nothing of the page's origin.")
    if answer.status != 403:
        case.fail(
            "foreign-origin",
            f"A request in the name of https://elsewhere.example was answered {answer.status}: any web page "
            "that a user opens can queue, read and delete here.",
            "Put Atelier's gateway before it, and let it listen where only the gateway reaches it.",
        )


async def clock(case: Case) -> None:
    """Compare the server's clock with this one."""
    answer = await case.ask("GET", "/features")
    if answer.status is None:
        raise failure_of(answer, "an answer")
    date = answer.received.get("date")
    if not date:
        case.skip("The server does not say what time it is.")
    try:
        there = parsedate_to_datetime(date).timestamp()
    except ValueError:
        case.skip(f"The server's Date is no date: {date[:60]}.")
    apart = abs(time.time() - there)
    case.note(f"The server's clock says {date}; the two are {apart:.0f} s apart.")
    if apart > _CLOCK:
        case.fail(
            "clock",
            f"The clocks of the server and of this machine are {apart:.0f} s apart: tokens expire and "
            "certificates begin at the wrong time.",
            "Let both follow a time server: timedatectl set-ntp true.",
        )
