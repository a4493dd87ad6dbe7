"""How a check ends otherwise than well; caught by the runner, never shown to anybody."""

from __future__ import annotations


class Failed(Exception):
    """The claim does not hold."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        #: Of `verify.code`.
        self.code = code
        self.reason = reason
        self.remedy = remedy


class Skipped(Exception):
    """Here the claim cannot be looked at, or says nothing."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
