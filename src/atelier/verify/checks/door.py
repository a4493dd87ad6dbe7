"""Whether the door is closed to strangers and open to those who have a token."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.evidence import Exchange
from atelier.verify.failures import failure_of
from atelier.verify.routes import BY_ENDING, CLOSED_PATHS, COMFYUI_ROUTES, FEW_ROUTES, GATEWAY_ROUTES, Route

#: Of the form that the gateway issues, and issued to nobody.
_WRONG = "atl_" + "0" * 43
#: Requests of one check at a time: a door is asked, not stormed.
_AT_ONCE = 4

_BCRYPT = re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}")


async def few_refuse_strangers(case: Case) -> None:
    """Ask one route of each family without a token."""
    await _refused(case, FEW_ROUTES, token=None)


async def all_refuse_strangers(case: Case) -> None:
    """Ask every route without a token."""
    await _refused(case, _all(case), token=None)


async def few_refuse_wrong_tokens(case: Case) -> None:
    """Ask one route of each family with a token that nobody has."""
    await _refused(case, FEW_ROUTES, token=_WRONG)


async def all_refuse_wrong_tokens(case: Case) -> None:
    """Ask every route with a token that nobody has."""
    await _refused(case, _all(case), token=_WRONG)


async def takes_the_token(case: Case) -> None:
    """Ask with the token."""
    token = case.target.token or ""
    fault = _form(case, token)
    answer = await case.ask("GET", "/queue")
    # ComfyUI-Login breaks with 500 over a token with a space, such as a passphrase.
    if answer.status in (401, 500) and fault:
        case.fail("token-format", fault[0], fault[1])
    case.expect(answer, 200)
    if case.bench.kind == "gateway":
        me = case.object_of(await case.ask("GET", "/atelier/api/me"))
        case.note(f"The token is {me.get('role', 'nobody')}'s, with {len(me.get('scopes', []))} scopes.")


async def nothing_by_ending(case: Case) -> None:
    """Ask without a token for paths whose ending some doors take for harmless."""
    for path in BY_ENDING:
        answer = await case.send("GET", path)
        if answer.status is None or answer.status >= 500:
            raise failure_of(answer, "401")
        # ComfyUI-Login answers 401 for what is not there too; its 404 has passed the door.
        closed = (401, 403, 302, 303, 404) if case.bench.kind == "gateway" else (401, 403, 302, 303)
        if answer.status not in closed:
            case.fail(
                "door-hole",
                f"{answer.request} answered {answer.status} without a token: the door lets pass what ends in "
                "this way, and so anybody can read and write user data, and pictures of the host.",
                "Put Atelier's gateway before it, and let it listen where only the gateway reaches it.",
            )


async def nothing_of_the_host(case: Case) -> None:
    """Ask with the token for the server's log, and for files of the host."""
    # Of a token that is not taken, a refusal would say nothing.
    case.expect(await case.ask("GET", "/features"), 200)
    for path in CLOSED_PATHS:
        answer = await case.ask("GET", path)
        if answer.status in (None, 401) or answer.status >= 500:
            raise failure_of(answer, "404")
        if answer.status not in (403, 404):
            case.fail(
                "door-hole",
                f"{answer.request} answered {answer.status}: it shows what belongs to the host.",
                "Let nothing lead past the gateway, and update it.",
            )


async def signs_in(case: Case) -> None:
    """Sign in as a browser does, and use and end the session."""
    page = f"{case.target.base}/atelier/sign-in"
    origin = str(case.target.base.origin())
    answer = await case.send(
        "POST",
        page,
        content=f"token={case.target.token}".encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": origin},
    )
    if answer.status == 401:
        case.fail(
            "token-refused",
            f"{answer.request} answered 401: the sign-in page does not take the token.",
            "`atelier credentials check` names the copy that drifted.",
        )
    case.expect(answer, 303)
    cookie = answer.received.get("set-cookie", "").partition(";")[0]
    if not cookie:
        case.fail("stranger", "Signing in sets no cookie.", "Let the proxy pass Set-Cookie on.")
    if case.target.secure and "secure" not in answer.received["set-cookie"].lower():
        case.fail(
            "plain",
            "The session's cookie may travel unencrypted: the gateway takes the request for plain HTTP.",
            "Let the proxy pass on X-Forwarded-Proto, and name it in listen.trusted_proxies.",
        )
    try:
        case.expect(await case.send("GET", "/queue", headers={"Cookie": cookie}), 200)
        changed = await case.send(
            "POST", "/history", document={"delete": []}, headers={"Cookie": cookie, "Origin": origin}
        )
        case.expect(changed, 200)
        foreign = await case.send(
            "POST",
            "/history",
            document={"delete": []},
            headers={"Cookie": cookie, "Origin": "https://elsewhere.example"},
        )
        if foreign.status != 403:
            case.fail(
                "foreign-origin",
                f"A page of another site used the session: it was answered {foreign.status}.",
                "Update the gateway, and let the proxy pass on Host and Origin as they are.",
            )
    finally:
        # What was opened is closed, whatever came of it.
        await case.send("POST", "/atelier/sign-out", headers={"Cookie": cookie, "Origin": origin})


def _all(case: Case) -> Sequence[Route]:
    return GATEWAY_ROUTES if case.bench.kind == "gateway" else COMFYUI_ROUTES


async def _refused(case: Case, routes: Sequence[Route], *, token: str | None) -> None:
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask(route: Route) -> Exchange:
        async with places:
            return await case.send(
                route.method,
                route.path,
                token=token,
                document=route.document,
                headers={"Accept": "application/json"},
            )

    answers = await asyncio.gather(*map(ask, routes))
    for answer in answers:
        if answer.status is None or answer.status >= 500:
            raise failure_of(answer, "401")
    open_ = [each for each in answers if not _refusal(each, token)]
    if open_:
        case.fail(
            "door-open",
            f"{len(open_)} of {len(answers)} requests {'without a' if token is None else 'with a wrong'} "
            f"token are not refused, the first of them {open_[0].request}: {open_[0].status}.",
            "Let nothing lead past the gateway: the engine's port must be reached by nobody else.",
        )
    if not any(each.status in (401, 302, 303) for each in answers):
        case.skip("Too many wrong tokens came from this address lately, so none was looked at. Try later.")
    late = sum(1 for each in answers if each.status == 429)
    case.note(
        f"{len(answers)} requests were refused"
        + (f", {late} of them for the many before, without a look at the token." if late else ".")
    )


def _refusal(answer: Exchange, token: str | None) -> bool:
    """Return whether the door refused it: with 401, to its sign-in page, or for the many attempts before."""
    if answer.status == 401:
        return True
    if answer.status in (302, 303):
        return answer.location.split("?")[0].endswith(("/login", "/sign-in"))
    error = object_in(answer).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return token is not None and answer.status == 429 and code == "attempts_too_many"


def _form(case: Case, token: str) -> tuple[str, str] | None:
    """Return what is wrong with the token's form, and what to do; None where nothing is."""
    hashed = _BCRYPT.fullmatch(token) is not None
    if case.bench.kind == "comfyui-login" and not hashed:
        return (
            "ComfyUI-Login's token is the bcrypt hash in the first line of its login/PASSWORD file, and this "
            "is none: it may be the password, or a hash that a shell took its dollars from.",
            "Copy the line again, in single quotes; atelier credentials sync writes every copy.",
        )
    if case.bench.kind == "gateway" and not token.startswith("atl_"):
        return (
            "The gateway's tokens begin with atl_, and this one does not"
            + (": it is a bcrypt hash, as ComfyUI-Login has them." if hashed else "."),
            "Take the token that the gateway issued: atelier tokens list, atelier credentials check.",
        )
    return None
