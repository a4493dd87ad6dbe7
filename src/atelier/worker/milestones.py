"""The points of an attempt at which a crash has to do no harm, named so that tests can crash there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

Milestone = Literal[
    "claimed",
    "inputs sent",
    "before send",
    "sent",
    "collecting",
    "collected",
    "before finish",
    "finished",
]
MILESTONES: tuple[Milestone, ...] = get_args(Milestone)

#: Called at each milestone.
AtMilestone = Callable[[Milestone], None]


def go_on(milestone: Milestone) -> None:
    """Do nothing, which is what happens outside of tests."""
