"""Runs the claims against a server, or against an engine of one's own, and tells how it goes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atelier.cli.reporter import Reporter
    from atelier.verify.profile import Profile
    from atelier.verify.report import Report
    from atelier.verify.result import Result
    from atelier.verify.target import Target


async def looked_at(
    url: str | None, make_target: Callable[[str], Target], profile: Profile, reporter: Reporter
) -> Report:
    """Return the report, likely causes included.

    Raises:
        EngineStartFailed: the embedded engine did not come up.
        UsageError: the options cannot be used.
    """
    from atelier.verify.claims import CLAIMS
    from atelier.verify.diagnosis.diagnose import diagnosed
    from atelier.verify.run import verify

    def tell(result: Result, done: int, of: int) -> None:
        reporter.event("claim", **result.model_dump(mode="json"))
        reporter.progress("Looking", done, of)

    async with _server(url, reporter) as address:
        report = await verify(make_target(address), CLAIMS, profile=profile, on_result=tell)
    return diagnosed(report)


@asynccontextmanager
async def _server(url: str | None, reporter: Reporter) -> AsyncIterator[str]:
    if url is not None:
        reporter.event("server", url=url, embedded=False)
        yield url
        return
    from atelier.providers.embedded import EmbeddedEngine

    async with EmbeddedEngine() as engine:
        reporter.event("server", url=engine.url, embedded=True)
        yield engine.url
