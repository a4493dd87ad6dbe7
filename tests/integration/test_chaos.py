"""A few of the runs of `make chaos`, and the table that it wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("kills processes in the manner of POSIX", allow_module_level=True)

from benchmarks.chaos.run import JOBS_EACH, Lane
from benchmarks.chaos.scenarios import SCENARIOS, Scenario

PAGE = Path(__file__).parents[2] / "docs/reference/chaos.md"

#: One of each kind.
SOME = (
    "service killed after the commit, before the answer",
    "service killed at 'collected'",
    "gateway killed at random moments, up to three times",
    "engine killed after saving, before the collection",
    "engine answers garbage for a while",
    "clock jumps by an hour",
)


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane() as lane:
        yield lane


@pytest.mark.parametrize(
    "scenario", [each for each in SCENARIOS if each.name in SOME], ids=lambda each: each.name
)
def test_every_job_ends_once_with_its_picture(lane: Lane, scenario: Scenario) -> None:
    count = lane.run(scenario, seed=1)
    assert (count.jobs, count.lost, count.doubled, count.wrong, count.failed) == (2 * JOBS_EACH, 0, 0, 0, 0)


def test_the_published_table_has_every_scenario_and_no_job_that_came_to_harm() -> None:
    rows = [
        line.split("|")[1:-1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"
    ]
    counts = {row[0].strip(): [int(each) for each in row[1:]] for row in rows[2:]}
    assert set(counts) == {each.name for each in SCENARIOS} | {"**all**"}
    assert counts["**all**"][0] >= 300
    assert all(row[2:5] == [0, 0, 0] for row in counts.values())
