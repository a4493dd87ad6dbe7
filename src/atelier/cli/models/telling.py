"""What the commands tell while files come or are read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.deploy.models import Event, Tell

_DOING = {"fetching": "Fetching", "copying": "Copying", "checking": "Reading"}


def teller(reporter: Reporter) -> Tell:
    """Return a function that tells each event."""
    from atelier.deploy.models import Kept, Progressed, Retrying, StartedOver

    def tell(event: Event) -> None:
        match event:
            case Progressed(key=key, doing=doing, done=done, total=total):
                label = f"{_DOING[doing]} {key}, MB"
                reporter.progress(label, round(done / 1e6, 1), round((total or done) / 1e6, 1))
            case Retrying(reason=reason, attempt=attempt, of=of, pause=pause):
                text = f"{reason}; try {attempt} of {of} in {pause:g} s."
                reporter.remark("retrying", text, **asdict(event))
            case StartedOver(key=key, reason=reason):
                reporter.remark("started_over", f"{key}: {reason}; from its beginning.", **asdict(event))
            case Kept(key=key, sha256=digest, sha256_from=origin):
                proof = (
                    "no checksum to compare it with, recorded as it came"
                    if origin == "content"
                    else "checksum compared"
                )
                reporter.remark("kept", f"{key}: there, SHA-256 {digest[:12]}…, {proof}.", **asdict(event))

    return tell


def files(count: int) -> str:
    """Return a number of files in words."""
    return f"{count} file{'' if count == 1 else 's'}"


def gigabytes(size: int | None) -> str:
    """Return bytes as people read them; in decimal units, as the hub does."""
    if size is None:
        return "size unknown"
    return f"{size / 1e9:.2f} GB" if size >= 10**7 else f"{size / 1e6:.2f} MB"
