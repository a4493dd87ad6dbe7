"""What a source offers for a wanted file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from atelier.deploy.models.wanted import ChecksumFrom, Wanted


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Where the bytes of a wanted file are to be had, and what is known of them."""

    wanted: Wanted
    #: An address, or a file of this machine.
    place: str | Path
    #: What is recorded as the origin; without signatures and secrets.
    origin: str
    #: What the server of `place` gets as Authorization, and nobody else.
    authorization: str | None = field(default=None, repr=False)
    #: Commit in the hub's repository.
    revision: str | None = None
    size: int | None = None
    sha256: str | None = None
    sha256_from: ChecksumFrom = "content"

    @property
    def key(self) -> str:
        return self.wanted.key
