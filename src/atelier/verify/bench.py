"""What the checks of one run share: the target, and what was asked for once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from atelier.client import AsyncComfyUIClient
from atelier.verify.evidence import Exchange
from atelier.verify.kind import Kind
from atelier.verify.probe import Probe
from atelier.verify.redaction import Redaction
from atelier.verify.target import Target
from atelier.workflows.model_sets import LOADERS, MODEL_SETS, ModelSet, detect
from atelier.workflows.object_info import NodeCatalogue

#: Bytes of an /object_info; one of hundreds of custom nodes has a few millions.
_LARGEST = 64 * 2**20


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What stands at the address, and the exchanges that say so."""

    kind: Kind
    exchanges: tuple[Exchange, ...]

    @property
    def answered(self) -> bool:
        """Whether anything came back at all."""
        return any(each.status is not None for each in self.exchanges)


class Bench:
    """One run's target, connections and knowledge.

    Args:
        target: What is looked at.
        redaction: Hides its secrets.
    """

    def __init__(self, target: Target, redaction: Redaction) -> None:
        self.target = target
        self.redaction = redaction
        self._tls = target.tls()
        self.probe = Probe(target.base, tls=self._tls, redaction=redaction, seconds=target.request_seconds)
        self.kind: Kind = "unknown"
        self._asked: dict[str, asyncio.Task[Exchange]] = {}
        self._clients: dict[str | None, AsyncComfyUIClient] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asked.values():
            task.cancel()
        if self._asked:
            await asyncio.wait(self._asked.values())
        await asyncio.gather(*(each.aclose() for each in self._clients.values()))
        await self.probe.__aexit__(None, None, None)

    def client(self, token: str | None) -> AsyncComfyUIClient:
        """Return the Python client with a token, the same one each time."""
        if token not in self._clients:
            self._clients[token] = AsyncComfyUIClient(
                str(self.target.base), token=token, timeout=self.target.drawing_seconds, tls=self._tls
            )
        return self._clients[token]

    async def asked(self, path: str) -> Exchange:
        """Return what GET answers with the token; asked once, however many checks want it."""
        if path not in self._asked:
            self._asked[path] = asyncio.create_task(self.probe.send("GET", path, token=self.target.token))
        # Shielded: one check that runs out of time takes nothing from the others.
        return await asyncio.shield(self._asked[path])

    async def identify(self) -> Identity:
        """Find out what stands at the address."""
        exchanges: list[Exchange] = []

        async def ask(path: str, token: str | None = None) -> tuple[Exchange, Mapping[str, Any]]:
            answer = await self.probe.send("GET", path, token=token)
            exchanges.append(answer)
            return answer, object_in(answer)

        kind = await _kind(ask, self.target.token)
        self.kind = self.target.kind or kind
        return Identity(kind=self.kind, exchanges=tuple(exchanges))


async def _kind(ask: Callable[..., Awaitable[tuple[Exchange, Mapping[str, Any]]]], token: str | None) -> Kind:
    answer, health = await ask("/healthz")
    if health.get("alive") is True:
        return "gateway"
    if answer.status is None:
        return "unknown"
    answer, stats = await ask("/system_stats")
    if answer.status == 401 and "Authentication required" in answer.excerpt:
        return "comfyui-login"
    if answer.status in (301, 302, 303, 307) and answer.location.split("?")[0].endswith("/login"):
        return "comfyui-login"
    if answer.status == 401 and token is not None:
        answer, stats = await ask("/system_stats", token)
    return _kind_in(stats)


def _kind_in(stats: Mapping[str, Any]) -> Kind:
    ours = stats.get("atelier")
    if isinstance(ours, Mapping):
        return "gateway" if "gateway" in str(ours.get("name", "")) else "embedded"
    system = stats.get("system")
    if isinstance(system, Mapping) and "comfyui_version" in system:
        return "comfyui"
    return "unknown"


def object_in(answer: Exchange) -> Mapping[str, Any]:
    """Return the JSON object of a body; empty where it holds none."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def model_sets_in(document: Mapping[str, Any]) -> tuple[ModelSet, ...]:
    """Return the model sets that an /object_info offers whole, best first."""
    loaders = {name for name, _ in LOADERS.values()}
    return detect({name: document[name] for name in loaders if name in document}, MODEL_SETS)


def catalogue_in(document: Mapping[str, Any]) -> NodeCatalogue:
    """Return the node classes of an /object_info."""
    return NodeCatalogue.parse(document)
