"""The table of figures that `python -m benchmarks` prints."""

from __future__ import annotations

import pytest

from benchmarks.figure import Figure, table


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.3164, "0.316"),
        (15.24, "15.2"),
        (486.4, "486"),
        (999.7, "1,000"),
        (3127.0, "3,130"),
        (1.2e6, "1,200,000"),
    ],
)
def test_three_digits_of_a_figure_are_written_as_people_write_them(value: float, written: str) -> None:
    row = table([Figure(name="a rate", value=value, unit="jobs/s", reference=value)]).splitlines()[-1]
    assert row == f"| a rate | {written} jobs/s |  |  | {written} jobs/s | 1.00 |"


def test_a_figure_is_held_to_its_bar_in_the_direction_that_is_better() -> None:
    figures = [
        Figure(name="time", value=2.0, unit="s", bar=1.0),
        Figure(name="rate", value=2.0, unit="1/s", bar=1.0, less_is_better=False),
    ]
    time, rate = table(figures).splitlines()[-2:]
    assert time == "| time | 2 s | at most 1 s | no |"
    assert rate == "| rate | 2 1/s | at least 1 1/s | yes |"
