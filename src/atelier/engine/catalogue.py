"""The node classes that one engine knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atelier.engine.folders import Folders
    from atelier.engine.node import NodeClass


class Catalogue:
    """Node classes by name, in the order in which they were given.

    Raises:
        ValueError: two of the classes have one name.
    """

    def __init__(self, nodes: Iterable[NodeClass]) -> None:
        self._nodes: dict[str, NodeClass] = {}
        for each in nodes:
            if each.name in self._nodes:
                raise ValueError(f"there are two node classes with the name {each.name}")
            self._nodes[each.name] = each

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._nodes)

    def get(self, name: str) -> NodeClass | None:
        """Return the class of that name, or None."""
        return self._nodes.get(name)

    def __getitem__(self, name: str) -> NodeClass:
        return self._nodes[name]

    def object_info(self, folders: Folders) -> dict[str, Any]:
        """Return the body of `GET /object_info`, with the choices as they are on disk now."""
        return {name: each.object_info(folders) for name, each in self._nodes.items()}
