"""The document that the store keeps: secrets with what is known of them, and digests of what they were."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from atelier.credentials.kind import Kind

#: How many earlier values of a secret are recognised.
REMEMBERED = 32


class _Part(BaseModel):
    # No value of it may stand in a message.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Earlier(_Part):
    """What a secret was before."""

    digest: str
    #: Seconds since 1970, UTC.
    replaced_at: float


class Entry(_Part):
    """A secret and what is known of it."""

    kind: Kind
    value: SecretStr
    #: Seconds since 1970, UTC.
    changed_at: float
    #: The gateway's account that a token speaks for.
    account: str | None = None
    #: The name of the password that this is the hash of.
    hash_of: str | None = None
    #: When the value ends, in seconds since 1970, if the gateway has issued another that is not here yet.
    rotating_until: float | None = None
    #: The latest last.
    earlier: tuple[Earlier, ...] = ()


class Contents(_Part):
    """All that a store holds."""

    format: Literal[1] = 1
    #: Without it nobody can try passwords against a digest.
    key: SecretStr
    secrets: dict[str, Entry] = {}

    @classmethod
    def empty(cls) -> Contents:
        return cls(key=SecretStr(secrets.token_hex(32)))

    @classmethod
    def from_bytes(cls, content: bytes) -> Contents:
        """Return what a store's file says.

        Raises:
            ValueError: it is no such document; the message repeats nothing of it.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            place = ".".join(str(each) for each in first["loc"][:3])
            raise ValueError(f"{place}: {first['msg']}" if place else "it is no JSON") from None

    def to_bytes(self) -> bytes:
        document = {
            "format": self.format,
            "key": self.key.get_secret_value(),
            "secrets": {
                name: entry.model_dump(mode="json", exclude_none=True, exclude={"value"})
                | {"value": entry.value.get_secret_value()}
                for name, entry in sorted(self.secrets.items())
            },
        }
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()

    def digest(self, value: bytes) -> str:
        """Return 64 hexadecimal digits that tell values apart, and nothing about them."""
        return hmac.new(bytes.fromhex(self.key.get_secret_value()), value, hashlib.sha256).hexdigest()

    def changed(
        self,
        name: str,
        value: str,
        *,
        kind: Kind,
        at: float,
        account: str | None = None,
        hash_of: str | None = None,
    ) -> Contents:
        """Return these contents with a secret changed or added; what it was is remembered by its digest."""
        before = self.secrets.get(name)
        digest = self.digest(value.encode())
        earlier = before.earlier if before is not None else ()
        changed_at = at
        if before is not None:
            if before.value.get_secret_value() == value:
                changed_at = before.changed_at
            else:
                was = self.digest(before.value.get_secret_value().encode())
                earlier = (*earlier, Earlier(digest=was, replaced_at=at))
        entry = Entry(
            kind=kind,
            value=SecretStr(value),
            changed_at=changed_at,
            account=account,
            hash_of=hash_of,
            earlier=tuple(each for each in earlier if each.digest != digest)[-REMEMBERED:],
        )
        return self.model_copy(update={"secrets": {**self.secrets, name: entry}})
