"""What is claimed of a server, and how it is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from atelier.verify.kind import Kind
from atelier.verify.profile import Profile

if TYPE_CHECKING:
    from atelier.verify.case import Case

#: What a check cannot do without.
Need = Literal["token", "second_token", "tls", "restart", "deployment"]

NEEDS: Mapping[Need, str] = {
    "token": "No token was given: pass --token, or set ATELIER_TOKEN.",
    "second_token": "No second account's token was given: pass --second-token.",
    "tls": "The address begins with http: there is no certificate to look at.",
    "restart": "Nothing says how the service is restarted: pass --restart-command.",
    "deployment": "This is seen on the machine only: pass --deployment DIRECTORY there.",
}

#: When a check runs: `alone` before all others, one at a time, since others would disturb what it measures;
#: `together` with others; `drawing` with others, a few at a time; `last` when all others are done, one at a
#: time, since it disturbs them.
Turn = Literal["alone", "together", "drawing", "last"]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One sentence that is true of a server that works, and the check that proves or refutes it."""

    id: str
    #: In the present tense, as of a server that works.
    text: str
    #: Returns when the claim holds; raises Failed or Skipped otherwise.
    check: Callable[[Case], Awaitable[None]] = field(repr=False)
    #: The shortest profile that looks at it.
    profile: Profile = "quick"
    #: Kinds of servers of which it says nothing, and why.
    not_for: Mapping[Kind, str] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    turn: Turn = "together"
    #: Seconds, besides what pictures take.
    seconds: float = 20.0
    #: Pictures that are drawn one after the other; each may take the time that the run allows for one.
    pictures: int = 0

    def deadline(self, drawing_seconds: float) -> float:
        """Return the seconds after which the check has failed."""
        return self.seconds + self.pictures * drawing_seconds
