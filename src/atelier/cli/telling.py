"""What a command tells of a running job and of its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atelier.cli.saving import plan_names, save

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.client import Event, Picture, Result


def teller(reporter: Reporter) -> Callable[[Event], None]:
    """Return a function that tells each event of a run."""
    from atelier.client import (
        Accepted,
        ConnectionLost,
        ConnectionRegained,
        NoticeEvent,
        Progress,
        QueuePosition,
    )

    def tell(event: Event) -> None:
        match event:
            case Accepted(job_id=job_id, number=number):
                reporter.event("accepted", job_id=job_id, number=number)
            case QueuePosition(ahead=ahead):
                reporter.remark("waiting", f"Waiting: {ahead} jobs go first.", ahead=ahead)
            case Progress(value=value, max=maximum):
                reporter.progress("Drawing", value, maximum)
            case NoticeEvent(notice=notice):
                reporter.remark("notice", notice.message, code=notice.code, items=list(notice.items))
            case ConnectionLost(reason=reason):
                reporter.remark("connection_lost", f"Connection lost ({reason}); asking every few seconds.")
            case ConnectionRegained():
                reporter.remark("connection_regained", "Connection regained.")

    return tell


def keep_pictures(reporter: Reporter, result: Result, out: Path) -> None:
    """Save a result's pictures and tell where they are.

    Raises:
        UsageError: they cannot be written there.
    """
    _keep(
        reporter,
        result.pictures,
        out,
        stem=f"atelier_{result.seed}",
        seconds=result.seconds,
        seed=result.seed,
    )
    reporter.remark("done", f"seed {result.seed}, {result.seconds:.1f} s", seed=result.seed)


def keep_run_pictures(
    reporter: Reporter, result: Result, pictures: Sequence[Picture], out: Path, *, stem: str
) -> None:
    """Save the pictures of any workflow's run and tell where they are; raises as `keep_pictures`."""
    _keep(reporter, pictures, out, stem=stem, seconds=result.seconds)
    reporter.remark("done", f"{len(pictures)} saved, {result.seconds:.1f} s", pictures=len(pictures))


def _keep(
    reporter: Reporter, pictures: Sequence[Picture], out: Path, *, stem: str, seconds: float, **data: Any
) -> None:
    paths = plan_names(out, stem=stem, count=len(pictures))
    for path, picture in zip(paths, pictures, strict=True):
        save(path, picture.data)
        reporter.result("saved", str(path), path=str(path.absolute()), seconds=round(seconds, 3), **data)
