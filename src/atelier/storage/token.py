"""A key to an account: random, shown once, kept as a digest.

`atl_` + 43 characters of base64url (256 random bits) + `_` + 6 hexadecimal digits of their CRC-32, so that
secret scanners recognise it and a typing error is told from a foreign token.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass
from enum import StrEnum

from atelier.storage.account import Account

_FORM = re.compile(r"atl_([A-Za-z0-9_-]{43})_([0-9a-f]{6})", re.ASCII)


class TokenKind(StrEnum):
    """How a secret travels."""

    #: In the header of each request, until it expires or is revoked.
    BEARER = "bearer"
    #: In a browser's cookie, after signing in with a bearer token.
    SESSION = "session"


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token to be stored."""

    #: Names it in lists and in the audit log; tells nothing about the secret.
    id: str
    account_id: str
    kind: TokenKind = TokenKind.BEARER
    #: SHA-256: 256 random bits need no salt and no slow hash; a password would.
    digest: bytes
    #: Its last characters, by which its owner tells it from others.
    hint: str
    #: What it may do; None for all that the account's role may.
    scopes: frozenset[str] | None = None
    #: Seconds since 1970, UTC; None for never.
    expires_at: float | None = None
    #: The bearer token that a session came from, and with which it ends.
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class StoredToken:
    """A token as lists show it."""

    id: str
    account_id: str
    kind: TokenKind
    hint: str
    scopes: frozenset[str] | None
    created_at: float
    expires_at: float | None
    #: When it ends or ended although it had not expired; None for not at all.
    revoked_at: float | None
    #: To the minute; None for never.
    last_used_at: float | None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Who a valid token speaks for."""

    account: Account
    token_id: str
    kind: TokenKind
    scopes: frozenset[str] | None


def new_secret() -> str:
    """Return a new token, to be shown once."""
    body = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"atl_{body}_{_checksum(body)}"


def well_formed(secret: str) -> bool:
    """Return whether a text has a token's form, without typing errors; it may still be unknown."""
    match = _FORM.fullmatch(secret)
    return match is not None and _checksum(match[1]) == match[2]


def digest(secret: str) -> bytes:
    """Return the SHA-256 under which a token is stored."""
    return hashlib.sha256(secret.encode()).digest()


def hint(secret: str) -> str:
    """Return what may be shown of a token: its last four characters before the checksum."""
    return secret[-11:-7]


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()) & 0xFFFFFF:06x}"
