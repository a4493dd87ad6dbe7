"""The node classes of all engines together, asked for now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from atelier.errors import ServerUnreachable
from atelier.gateway.upstream import Upstream
from atelier.workflows.object_info import NodeCatalogue

#: Seconds for which what the engines said counts; a model that was added is seen after that.
FRESH = 15.0


class Catalogue:
    """What the engines declare; while none answers, what they said last."""

    def __init__(self, upstream: Upstream, *, monotonic: Callable[[], float]) -> None:
        self._upstream = upstream
        self._now = monotonic
        self._asking = asyncio.Lock()
        self._until = float("-inf")
        self._document: Mapping[str, Any] = MappingProxyType({})
        self._nodes = NodeCatalogue()

    async def document(self) -> Mapping[str, Any]:
        """Return the answer to `GET /object_info`: of a class that several engines have, all their choices.

        Raises:
            ServerUnreachable: no engine answers, and none ever did.
        """
        if self._now() >= self._until:
            async with self._asking:
                if self._now() >= self._until:
                    await self._ask()
        return self._document

    async def nodes(self) -> NodeCatalogue:
        """Return the same, read; raises as `document`."""
        await self.document()
        return self._nodes

    async def _ask(self) -> None:
        found = [each for each in await self._upstream.documents("/object_info") if isinstance(each, dict)]
        if not found and not self._document:
            raise ServerUnreachable("No engine answers, so nothing is known of the node classes.")
        if found and found != [self._document]:
            self._document = MappingProxyType(merged(found))
            self._nodes = NodeCatalogue.parse(self._document)
        self._until = self._now() + FRESH


def merged(documents: list[dict[str, Any]]) -> dict[str, Any]:
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
