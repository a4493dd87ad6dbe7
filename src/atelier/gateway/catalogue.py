"""The node classes of all engines together, asked for now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import structlog

from atelier.errors import ServerUnreachable, ServiceError
from atelier.gateway.upstream import Upstream
from atelier.storage import contract
from atelier.workflows.object_info import NodeCatalogue

log = structlog.get_logger(__name__)

#: Seconds for which what the engines said counts; a model that was added is seen after that.
FRESH = 15.0
#: Seconds that somebody waits for a fresh answer where an older one is known.
_PATIENCE = 1.0
#: Seconds that an engine may take to declare hundreds of node classes while it draws.
_LONGEST = 30.0
#: Seconds after which the registry's last word on an engine counts no more.
_SILENCE = 15.0


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What one engine said last."""

    document: Mapping[str, Any]
    nodes: NodeCatalogue


class Catalogue:
    """What the engines declare; while one does not answer, what it said last."""

    def __init__(
        self,
        upstream: Upstream,
        registry: contract.Engines,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._upstream = upstream
        self._registry = registry
        self._wall = now
        self._now = monotonic
        self._until = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._engines: dict[str, _Known] = {}
        self._document: Mapping[str, Any] = MappingProxyType({})
        self._nodes = NodeCatalogue()

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def document(self) -> Mapping[str, Any]:
        """Return the answer to `GET /object_info`: of a class that several engines have, all their choices.

        Raises:
            ServerUnreachable: no engine answers, and none ever did.
        """
        await self._refresh()
        if not self._engines:
            raise ServerUnreachable("No engine answers, so nothing is known of the node classes.")
        return self._document

    async def nodes(self) -> NodeCatalogue:
        """Return the same, read; raises as `document`."""
        await self.document()
        return self._nodes

    async def known(self) -> Mapping[str, NodeCatalogue]:
        """Return the node classes of each engine that ever answered, by its name."""
        await self._refresh()
        return {name: each.nodes for name, each in self._engines.items()}

    async def taking(self) -> Mapping[str, NodeCatalogue]:
        """Return the node classes of each engine that is up and takes jobs, by its name."""
        await self._refresh()
        try:
            registered = await self._registry.list()
        except ServiceError as error:
            log.warning("the registry of engines cannot be read", reason=str(error))
            return {}
        since = self._wall() - _SILENCE
        up = {
            each["name"]
            for each in registered
            if each["state"] == "live" and not each["draining"] and each["reported_at"] >= since
        }
        return {name: each.nodes for name, each in self._engines.items() if name in up}

    async def _refresh(self) -> None:
        if self._now() < self._until:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="gateway-catalogue")
        done, _ = await asyncio.wait({self._asking}, timeout=_PATIENCE if self._engines else None)
        for each in done:
            each.result()

    async def _ask(self) -> None:
        found = await self._upstream.documents("/object_info", seconds=_LONGEST)
        answered = {name: each for name, each in found.items() if isinstance(each, dict) and each}
        for name, document in answered.items():
            self._engines[name] = await self._reading(document)
        joined = merged([self._engines[name].document for name in sorted(self._engines)])
        if joined != self._document:
            known = await self._reading(joined)
            self._document, self._nodes = MappingProxyType(joined), known.nodes
        # While nothing is known, everybody who asks looks again.
        if answered:
            self._until = self._now() + FRESH

    async def _reading(self, document: Mapping[str, Any]) -> _Known:
        """Return what an engine said; the same objects for what was said before, by it or by another."""
        for each in self._engines.values():
            if each.document == document:
                return each
        nodes = await asyncio.to_thread(NodeCatalogue.parse, document)
        return _Known(document=document, nodes=nodes)


def merged(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all classes of several engines; combos of a class that several have offer all their choices.

    Otherwise the declaration of the first counts.
    """
    classes: dict[str, Any] = {}
    for document in documents:
        for name, declaration in document.items():
            known = classes.get(name)
            classes[name] = declaration if known is None else _with_choices(known, declaration)
    return classes


def _with_choices(known: Any, other: Any) -> Any:
    if known == other:
        return known
    try:
        groups = {
            group: {
                name: _combo(config, other["input"].get(group, {}).get(name))
                for name, config in inputs.items()
            }
            if isinstance(inputs, dict)
            else inputs
            for group, inputs in known["input"].items()
        }
    except (AttributeError, KeyError, TypeError):
        # What is not declared as it should be cannot be joined.
        return known
    return {**known, "input": groups}


def _combo(config: Any, other: Any) -> Any:
    ours, theirs = choices(config), choices(other)
    if ours is None or theirs is None:
        return config
    return with_choices(config, [*ours, *(each for each in theirs if each not in ours)])


def choices(config: Any) -> list[Any] | None:
    """Return what a declared combo offers, in either dialect; None where it is none, or asks elsewhere."""
    if not isinstance(config, list) or not config:
        return None
    if isinstance(config[0], list):
        return config[0]
    if config[0] == "COMBO" and len(config) > 1 and isinstance(config[1], dict):
        options = config[1].get("options")
        return options if isinstance(options, list) else None
    return None


def with_choices(config: list[Any], offered: list[Any]) -> list[Any]:
    """Return a declared combo with other choices, written down and not to be asked for elsewhere."""
    if isinstance(config[0], list):
        return [offered, *config[1:]]
    settings = config[1] if len(config) > 1 and isinstance(config[1], dict) else {}
    kept = {name: value for name, value in settings.items() if name != "remote"}
    return [config[0], {**kept, "options": offered}, *config[2:]]
