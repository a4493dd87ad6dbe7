"""Who asks: by a token in the header, by a session's cookie, or by a ticket in the address.

Nothing else says it: no other header, no query parameter, no client id.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from atelier.errors import AttemptsTooMany, TokenInvalid
from atelier.gateway.grants import Grants
from atelier.gateway.identity import Identity, Via
from atelier.gateway.mounting import own_path
from atelier.gateway.origins import require_own_page
from atelier.gateway.throttle import Throttle
from atelier.gateway.tickets import Tickets
from atelier.storage.token import TokenKind, digest, well_formed

#: The browser's cookie.
COOKIE = "atelier_session"
#: The query parameter of a ticket.
TICKET = "ticket"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where a ticket counts, besides WebSockets.
_TICKET_PATHS = frozenset({"/view", "/api/view"})


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What a request brings along to say who asks."""

    via: Via
    #: Of the token behind it; None where it is nothing that a token could be.
    digest: bytes | None


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """Tells from a request who asks; fails closed."""

    grants: Grants
    tickets: Tickets
    throttle: Throttle

    async def identify(self, connection: HTTPConnection) -> Identity:
        """Return who asks.

        Raises:
            TokenInvalid: nothing says it, or what does is unknown, revoked or expired.
            AttemptsTooMany: so is this, after many such from the same address.
            OriginForeign: a cookie came with what another site's page may have asked.
        """
        credential = self.credential(connection)
        if credential is None:
            raise TokenInvalid(
                "This needs a token: send it as 'Authorization: Bearer ...', or sign in at /atelier/sign-in."
            )
        identity = await self.still(credential)
        if identity is None:
            raise self._failed(connection, credential)
        if credential.via is Via.SESSION and (
            connection.scope["type"] == "websocket" or connection.scope["method"] not in _SAFE
        ):
            require_own_page(connection)
        return identity

    def credential(self, connection: HTTPConnection) -> Credential | None:
        """Return what says who asks; of several the strongest, and never a second one after a bad first."""
        header = connection.headers.get("authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            good = scheme.lower() == "bearer" and well_formed(secret.strip())
            return Credential(via=Via.BEARER, digest=digest(secret.strip()) if good else None)
        ticket = connection.query_params.get(TICKET)
        if ticket is not None and takes_ticket(connection):
            return Credential(via=Via.TICKET, digest=self.tickets.redeem(ticket))
        secret = connection.cookies.get(COOKIE, "")
        if secret:
            return Credential(via=Via.SESSION, digest=digest(secret) if well_formed(secret) else None)
        return None

    async def still(self, credential: Credential) -> Identity | None:
        """Return whom a credential speaks for now; None where it does no more."""
        if credential.digest is None:
            return None
        grant = await self.grants.of(credential.digest)
        if grant is None:
            return None
        # A cookie's secret in a header, or a token in a cookie, is not how either was given out.
        if credential.via is not Via.TICKET and grant.kind is not _KINDS[credential.via]:
            return None
        return Identity.of(grant, credential.via)

    def _failed(self, connection: HTTPConnection, credential: Credential) -> TokenInvalid | AttemptsTooMany:
        """Count a bad token, and return what to answer; a good one is never held up by a neighbour's bad."""
        if credential.via is not Via.BEARER:
            # Sessions and tickets end by themselves, and every open page goes on asking with them.
            return TokenInvalid("You are signed in no more. Sign in again at /atelier/sign-in.")
        address = "" if connection.client is None else connection.client.host
        wait = self.throttle.wait(address)
        self.throttle.failed(address)
        if wait:
            return AttemptsTooMany(
                f"Too many tokens from this address are not valid. Try again in {wait:.0f} s.",
                retry_after=wait,
            )
        return TokenInvalid(
            "The token is unknown, expired or revoked. Copy it again as a whole, or ask whoever runs the "
            "service for a new one."
        )


_KINDS = {Via.BEARER: TokenKind.BEARER, Via.SESSION: TokenKind.SESSION}


def takes_ticket(connection: HTTPConnection) -> bool:
    """Return whether a ticket may say who asks here."""
    if connection.scope["type"] == "websocket":
        return True
    return connection.scope["method"] in ("GET", "HEAD") and own_path(connection) in _TICKET_PATHS
