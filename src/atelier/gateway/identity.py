"""Who asks, apart from what they may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from atelier.errors import ScopeMissing
from atelier.gateway.scopes import ROLE_SCOPES, SCOPES
from atelier.storage.account import Account
from atelier.storage.token import Grant


class Via(StrEnum):
    """How a request said who asks."""

    BEARER = "bearer"
    SESSION = "session"
    TICKET = "ticket"


#: All that a ticket is for: it stands in an address, which browsers keep and proxies log.
TICKET_SCOPES = frozenset({"files:read", "jobs:read"})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """An account, what it may do this time, and how it came."""

    account: Account
    scopes: frozenset[str]
    #: The token that speaks for the account.
    token_id: str
    via: Via

    @classmethod
    def of(cls, grant: Grant, via: Via) -> Identity:
        """Return who a valid token speaks for; it never allows more than the account's role."""
        scopes = ROLE_SCOPES[grant.account.role]
        if grant.scopes is not None:
            scopes &= grant.scopes
        if via is Via.TICKET:
            scopes &= TICKET_SCOPES
        return cls(account=grant.account, scopes=scopes, token_id=grant.token_id, via=via)

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Return if the scope is there.

        Raises:
            ScopeMissing: it is not; the message says which, and what it allows.
        """
        if scope not in self.scopes:
            raise ScopeMissing(f"This needs the scope '{scope}': {SCOPES[scope]}")
