"""One check at work: sends its requests, keeps its evidence, and says how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import aiohttp

from atelier.verify.bench import Bench, object_in
from atelier.verify.brief import brief
from atelier.verify.claim import Claim
from atelier.verify.evidence import Evidence, Exchange, Figure, Note, PictureSeen
from atelier.verify.failures import failure_of
from atelier.verify.outcome import Failed, Skipped
from atelier.verify.target import Target

#: Characters of a finding that are kept: an engine's error can name thousands of tensors.
_LONGEST = 2000


class Case:
    """What a check gets: the bench, and a place for its evidence."""

    def __init__(self, claim: Claim, bench: Bench) -> None:
        self.claim = claim
        self.bench = bench
        self.evidence: list[Evidence] = []

    @property
    def target(self) -> Target:
        return self.bench.target

    # --- requests -------------------------------------------------------------------------------------------

    async def send(self, method: str, path: str, **how: Any) -> Exchange:
        """Send a request without a token, and keep what came back; see `Probe.send`."""
        answer = await self.bench.probe.send(method, path, **how)
        self.evidence.append(answer)
        return answer

    async def ask(self, method: str, path: str, **how: Any) -> Exchange:
        """Send a request with the token, and keep what came back."""
        return await self.send(method, path, token=self.target.token, **how)

    @asynccontextmanager
    async def socket(
        self, path: str, **how: Any
    ) -> AsyncIterator[tuple[Exchange, aiohttp.ClientWebSocketResponse | None]]:
        """Open a WebSocket, and keep the handshake; see `Probe.socket`."""
        async with self.bench.probe.socket(path, **how) as (handshake, opened):
            self.evidence.append(handshake)
            yield handshake, opened

    async def known(self, path: str) -> Mapping[str, Any]:
        """Return the JSON object that GET answers with the token; asked once for all checks.

        Raises:
            Failed: it answers something else.
        """
        answer = await self.bench.asked(path)
        self.evidence.append(answer)
        return self.object_of(answer)

    # --- judgements -----------------------------------------------------------------------------------------

    def expect(self, answer: Exchange, *statuses: int) -> Exchange:
        """Return the answer if its status is one of these.

        Raises:
            Failed: it is another, or none came.
        """
        if answer.status not in statuses:
            raise failure_of(answer, " or ".join(map(str, statuses)))
        return answer

    def object_of(self, answer: Exchange) -> Mapping[str, Any]:
        """Return the JSON object of an answer with status 200.

        Raises:
            Failed: it is none.
        """
        document = object_in(self.expect(answer, 200))
        if not document:
            self.fail(
                "stranger",
                f"{answer.request} answered {answer.media_type or 'something'}, which is no object of JSON.",
                "Check that the address leads to the server that is meant.",
            )
        return document

    def fail(self, code: str, reason: str, remedy: str) -> NoReturn:
        """End the check: the claim does not hold."""
        raise Failed(code, reason, remedy)

    def skip(self, reason: str, remedy: str = "") -> NoReturn:
        """End the check: the claim says nothing here."""
        raise Skipped(reason, remedy)

    # --- evidence -------------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Keep a finding in words; of a long one the beginning."""
        self.evidence.append(Note(text=brief(self.bench.redaction.hide(text), _LONGEST)))

    def figure(self, name: str, value: float, unit: str, limit: float | None = None) -> None:
        """Keep a figure.

        Raises:
            Failed: it is above its limit.
        """
        self.evidence.append(Figure(name=name, value=round(value, 4), unit=unit, limit=limit))
        if limit is not None and value > limit:
            self.fail(
                "slow",
                f"{name}: {value:.3g} {unit}, more than the {limit:g} {unit} that it may take.",
                "See what else the machine does, and how far away it is; then repeat it.",
            )

    def picture(self, seen: PictureSeen) -> None:
        """Keep a picture."""
        self.evidence.append(seen.model_copy(update={"name": self.bench.redaction.hide(seen.name)}))
