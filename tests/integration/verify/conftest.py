"""Servers to look at: an embedded engine, and a gateway before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from atelier.providers.embedded import embedded_engine
from atelier.verify.claims import CLAIMS
from atelier.verify.profile import Profile
from atelier.verify.report import Report
from atelier.verify.run import verify
from atelier.verify.target import Target
from tests.integration.gateway.test_service import School, school_at


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one embedded engine for all tests."""
    with embedded_engine(tmp_path_factory.mktemp("engine")) as engine:
        yield engine.url


@pytest.fixture
async def school(engine_url: str, tmp_path: Path) -> AsyncIterator[School]:
    async with school_at(engine_url, tmp_path / "service") as running:
        yield running


def target(school: School, name: str = "ada", **changes: object) -> Target:
    """Return a gateway as one pupil sees it, the other being the second account."""
    values: dict[str, object] = {
        "url": school.url,
        "token": school.tokens[name],
        "second_token": school.tokens["bob"],
        **changes,
    }
    return Target(**values)  # type: ignore[arg-type]


async def look(at: Target, profile: Profile = "quick", *, only: str = "") -> Report:
    """Look at the claims whose id begins with `only`."""
    return await verify(at, [each for each in CLAIMS if each.id.startswith(only)], profile=profile)


def verdicts(report: Report) -> dict[str, str]:
    """Return claim to verdict, without the figures: how fast it is depends on what else the machine does."""
    return {each.claim: each.verdict for each in report.results if not each.claim.startswith("figures.")}
