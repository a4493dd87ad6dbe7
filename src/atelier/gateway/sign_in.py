"""Signing in: a small page that turns a token into a session, and signing out."""

from __future__ import annotations

import html
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from atelier.errors import AttemptsTooMany, TokenInvalid
from atelier.gateway.authentication import COOKIE, Authenticator, Credential
from atelier.gateway.bodies import read_body
from atelier.gateway.guard import guarded, public
from atelier.gateway.identity import Identity, Via
from atelier.gateway.mounting import address_of
from atelier.gateway.notices import SEEN, pictures_seen
from atelier.gateway.origins import require_own_page
from atelier.gateway.throttle import Throttle
from atelier.gateway.tickets import LIFETIME
from atelier.storage.contract import Accounts, Tokens
from atelier.storage.token import NewToken, TokenKind, digest, hint, new_secret, well_formed

_PAGE = Path(__file__).with_name("sign_in.html")
_NOTICE_PAGE = Path(__file__).with_name("notice.html")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SIGN_OUT = (
    '<form method="post" action="{}"><p class="note">Somebody is signed in at this computer.</p>'
    '<button type="submit" class="quiet">Sign out</button></form>'
)
#: A form of one token and one path.
_MAX_FORM_BYTES = 16 * 1024


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Gives browsers a session for a token."""

    authenticator: Authenticator
    #: Of the page alone: a program with a bad token must not lock the people at the same address out.
    throttle: Throttle
    tokens: Tokens
    accounts: Accounts
    #: Seconds that a session lives.
    lifetime: float
    now: Callable[[], float] = time.time

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/atelier/sign-in", public(self.page), methods=["GET"]),
            Route("/atelier/sign-in", public(self.enter), methods=["POST"]),
            Route("/atelier/sign-out", public(self.leave), methods=["POST"]),
            Route("/atelier/api/ticket", guarded("files:read", self.ticket), methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        return _page(request, status=200, fault="")

    async def enter(self, request: Request) -> Response:
        """Start a session and go on to where the visitor wanted to."""
        require_own_page(request)
        form = await _form(request)
        address = "" if request.client is None else request.client.host
        wait = self.throttle.wait(address)
        if wait:
            fault = f"Too many attempts from this address. Try again in {wait:.0f} s."
            return _page(request, status=AttemptsTooMany.status, fault=fault, retry_after=wait)
        secret = form.get("token", "").strip()
        known = digest(secret) if well_formed(secret) else None
        identity = await self.authenticator.still(Credential(via=Via.BEARER, digest=known))
        if identity is None:
            self.throttle.failed(address)
            fault = "This token is unknown, expired or revoked. Copy it again as a whole."
            return _page(request, status=TokenInvalid.status, fault=fault)
        return await self._start(request, identity, form.get("next", ""))

    async def _start(self, request: Request, identity: Identity, target: str) -> Response:
        secret = new_secret()
        await self.tokens.issue(
            NewToken(
                id=uuid.uuid4().hex,
                account_id=identity.account.id,
                kind=TokenKind.SESSION,
                digest=digest(secret),
                hint=hint(secret),
                scopes=identity.scopes,
                expires_at=self.now() + self.lifetime,
                parent=identity.token_id,
            )
        )
        next_address = address_of(request, _inside(target))
        response: Response = RedirectResponse(next_address, status_code=303, headers=_HEADERS)
        if await pictures_seen(self.accounts, identity.account):
            # Nobody draws before they were told.
            response = _notice(SEEN, next_address)
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(self.lifetime),
            path=address_of(request, "/"),
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )
        return response

    async def leave(self, request: Request) -> Response:
        """End the session, for everybody who has its cookie."""
        require_own_page(request)
        secret = request.cookies.get(COOKIE, "")
        if well_formed(secret):
            identity = await self.authenticator.still(Credential(via=Via.SESSION, digest=digest(secret)))
            if identity is not None:
                await self.tokens.revoke(identity.token_id)
                self.authenticator.grants.forget()
        response = RedirectResponse(
            address_of(request, "/atelier/sign-in"), status_code=303, headers=_HEADERS
        )
        response.delete_cookie(COOKIE, path=address_of(request, "/"))
        return response

    async def ticket(self, request: Request, identity: Identity) -> Response:
        """Return a ticket for picture addresses and WebSockets: `?ticket=...`."""
        credential = self.authenticator.credential(request)
        if credential is None or credential.digest is None:
            raise TokenInvalid("A ticket stands for a token, and this request came without.")
        ticket = self.authenticator.tickets.issue(credential.digest)
        document = {"ticket": ticket, "expires_in": LIFETIME}
        return JSONResponse(document, headers={"Cache-Control": "no-store"})


def _page(request: Request, *, status: int, fault: str, retry_after: float = 0) -> Response:
    text = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        action=html.escape(address_of(request, "/atelier/sign-in")),
        next=html.escape(_inside(request.query_params.get("next", ""))),
        fault=f'<p class="fault" role="alert">{html.escape(fault)}</p>' if fault else "",
        # A computer in class is the next pupil's afterwards.
        sign_out=_SIGN_OUT.format(html.escape(address_of(request, "/atelier/sign-out")))
        if COOKIE in request.cookies
        else "",
    )
    headers = _HEADERS | ({"Retry-After": str(int(retry_after) + 1)} if retry_after else {})
    return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=headers)


def _notice(text: str, next_address: str) -> Response:
    page = Template(_NOTICE_PAGE.read_text(encoding="utf-8")).substitute(
        notice=html.escape(text), next=html.escape(next_address)
    )
    return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _inside(target: str) -> str:
    """Return a path within the service; the start page for all else, such as another site."""
    # What browsers take for a host: "//host", and with a backslash or a tab in between the same.
    good = re.fullmatch(r"/(?!/)[!-\[\]-~]*", target)
    return target if good else "/"


async def _form(request: Request) -> dict[str, str]:
    body = await read_body(request, limit=_MAX_FORM_BYTES)
    return dict(parse_qsl(body.decode("utf-8", errors="replace"), max_num_fields=10))
