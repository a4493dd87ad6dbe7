"""One thing that the machine must have, and what was found of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from atelier.errors import AtelierError
from atelier.setup.setting import Setting
from atelier.verify.evidence import Note
from atelier.verify.result import Result


class Lacking(Exception):
    """The machine has it not, or not in the version that is needed.

    `code` is one of `verify.code`; what follows from most is that containers cannot run.
    """

    def __init__(self, found: str, fix: str, *, code: str = "containers") -> None:
        super().__init__(found)
        self.found = found
        self.fix = fix
        self.code = code


class Unseen(Exception):
    """It cannot be looked at, or does not matter here."""


@dataclass(frozen=True, kw_only=True)
class Prerequisite:
    """What is needed, and the look whether it is there."""

    name: str
    #: The claim, in the present tense, as of a machine that has it.
    text: str
    #: Returns what was found; raises `Lacking` or `Unseen`.
    look: Callable[[Setting], str] = field(repr=False)

    def result(self, setting: Setting) -> Result:
        """Return what was found, in the form that reports take."""
        began = time.perf_counter()

        def result(verdict: str, found: str, *, reason: str = "", remedy: str = "", code: str = "") -> Result:
            return Result.model_validate(
                {
                    "claim": f"prerequisites.{self.name}",
                    "text": self.text,
                    "verdict": verdict,
                    "reason": reason,
                    "remedy": remedy,
                    "code": code,
                    "seconds": round(time.perf_counter() - began, 3),
                    "evidence": (Note(text=found),) if found else (),
                }
            )

        try:
            return result("passed", self.look(setting))
        except Unseen as unseen:
            return result("skipped", "", reason=str(unseen))
        except Lacking as lacking:
            return result(
                "failed", lacking.found, reason=lacking.found, remedy=lacking.fix, code=lacking.code
            )
        except AtelierError as error:
            return result("failed", str(error), reason=str(error), code="containers")
