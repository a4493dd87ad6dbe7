"""What is to be proved, and with what means."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from yarl import URL

from atelier.errors import UsageError
from atelier.verify.kind import Kind
from atelier.verify.machine import Machine

#: What the engine is expected to draw on; None where it does not matter.
Device = Literal["gpu", "cpu"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address with what is needed to look at it.

    Raises:
        UsageError: the address cannot be used, or the file of authorities cannot be read.
    """

    url: str
    #: Where the same service answers plain HTTP, if at all; None where that is not known.
    plain_url: str | None = None
    token: str | None = field(default=None, repr=False)
    #: Of another account, that must see nothing of the first one's.
    second_token: str | None = field(default=None, repr=False)
    #: What stands there, where it is known; None to find out.
    kind: Kind | None = None
    device: Device = "gpu"
    #: Certificates of authorities that are trusted besides the system's, as PEM.
    ca_file: Path | None = None
    #: Workflows of the library that must run here.
    required: frozenset[str] = frozenset()
    #: Seconds that one request may take: less than a check, so that it is the request that is late.
    request_seconds: float = 15.0
    #: Pixels a side of what is drawn; None for each model set's own.
    side: int | None = None
    #: Seconds that one picture may take.
    drawing_seconds: float = 180.0
    #: What restarts the service, as a command line; None: it is not restarted.
    restart: tuple[str, ...] = ()
    #: A deployment on this machine; None to look from outside only.
    machine: Machine | None = None

    def __post_init__(self) -> None:
        try:
            url = URL(self.url)
        except ValueError as error:
            raise UsageError(f"'{self.url}' is no address. Write it as https://studio.school.") from error
        if url.scheme not in ("http", "https") or not url.host or url.user or url.query_string:
            raise UsageError("The address must be as https://studio.school, with the token in --token.")
        if self.ca_file is not None:
            self.tls()

    @property
    def base(self) -> URL:
        """The address without a slash at its end."""
        return URL(self.url.rstrip("/"))

    @property
    def secure(self) -> bool:
        return self.base.scheme == "https"

    def tls(self) -> ssl.SSLContext:
        """Return whom to trust.

        Raises:
            UsageError: the file of authorities cannot be read.
        """
        try:
            context = ssl.create_default_context()
            if self.ca_file is not None:
                context.load_verify_locations(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"{self.ca_file} holds no certificates of authorities as PEM: {error}."
            ) from error
        return context
