"""How long a worker waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds."""

    #: For which a job is held; renewed after a third of it.
    lease: float = 30.0
    #: Between two looks for a job while no bell rings.
    claim: float = 2.0
    #: Between two looks at a job whose events cannot arrive.
    look: float = 1.0
    #: Between two looks at a job whose events arrive.
    quiet: float = 5.0
    #: That an engine may be silent or talk nonsense before an attempt on it is lost.
    unreachable: float = 60.0
    #: That a job may take on its engine.
    longest: float = 3600.0
    #: That an engine may take to stop a job.
    stop: float = 60.0
    #: Between two reports to the registry, which forgets an engine after 15 s.
    report: float = 5.0
    #: Between two readings of an engine's node classes and model files.
    refresh: float = 60.0
    #: That a worker rests after its engine, or our own storage, failed it.
    rest: float = 2.0
