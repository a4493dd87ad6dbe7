"""What is broken, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from atelier.worker.milestones import MILESTONES

#: What happens. `die`: the service's process is killed. `stop`: it is asked to stop. `engine`: the engine's
#: process is killed. `both`: both. The others happen to what lies between the two.
Deed = Literal["die", "stop", "engine", "both", "cut", "freeze", "garbage", "clock", "full", "ballast"]

#: The points of a submission, besides the milestones of an attempt.
BEFORE_COMMIT, AFTER_COMMIT = "before commit", "after commit"

#: Seconds from the start of the service within which a random moment lies.
LONGEST = 1.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One row of the table."""

    name: str
    deed: Deed
    #: A milestone; None for a random moment.
    point: str | None = None
    #: How often it happens, in the first lives of the service.
    times: int = 1
    #: Whether database and pictures lie on a disk of a few megabytes.
    small_disk: bool = False
    #: Whether it is the gateway with its HTTP door that serves, instead of storage and worker alone.
    door: bool = False


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens in one life of the service."""

    deed: Deed
    point: str | None
    #: At which reaching of the point, counted from 1.
    turn: int
    #: Seconds after the start, where there is no point.
    delay: float
    #: Seconds by which the clock jumps.
    jump: float


def fault(scenario: Scenario, chance: random.Random, *, jobs: int, within: float = LONGEST) -> Fault:
    """Draw the moment of a scenario's fault."""
    return Fault(
        deed=scenario.deed,
        point=scenario.point,
        turn=chance.randint(1, jobs),
        delay=chance.uniform(0.0, within),
        jump=chance.choice((-3600.0, 3600.0)),
    )


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="service killed before the commit of a submission", deed="die", point=BEFORE_COMMIT),
    Scenario(name="service killed after the commit, before the answer", deed="die", point=AFTER_COMMIT),
    *(
        Scenario(name=f"service killed at '{milestone}'", deed="die", point=milestone)
        for milestone in MILESTONES
    ),
    Scenario(name="service killed at random moments, up to three times", deed="die", times=3),
    Scenario(name="service asked to stop at a random moment", deed="stop"),
    Scenario(name="engine killed while a job runs, before saving", deed="engine", point="sent"),
    Scenario(name="engine killed after saving, before the collection", deed="engine", point="collecting"),
    Scenario(name="engine killed at random moments, twice", deed="engine", times=2),
    Scenario(name="engine and service killed at once", deed="both"),
    Scenario(name="all connections to the engine cut", deed="cut"),
    Scenario(name="all connections to the engine frozen", deed="freeze"),
    Scenario(name="engine answers garbage for a while", deed="garbage"),
    Scenario(name="clock jumps by an hour", deed="clock"),
    Scenario(name="no file may grow for a while", deed="full", point="collecting"),
    Scenario(name="small disk full for a while", deed="ballast", point="collecting", small_disk=True),
    Scenario(name="gateway killed at random moments, up to three times", deed="die", times=3, door=True),
    Scenario(name="gateway and engine killed at random moments", deed="both", times=2, door=True),
)
