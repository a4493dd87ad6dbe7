"""What changed between two workflows, in terms of nodes and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from atelier.workflows.boxes import link_of
from atelier.workflows.graph import Workflow
from atelier.workflows.matching import match_nodes, same_literal
from atelier.workflows.ui_document import shortened
from atelier.workflows.wiring import inputs_of, nodes_of, title_of

#: Stands for an input that a node does not have.
_ABSENT = object()


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeName:
    """A node of one of the two workflows, named for people."""

    node_id: str
    class_type: str
    title: str

    def __str__(self) -> str:
        name = self.title if self.title in ("", self.class_type) else f"{self.title} ({self.class_type})"
        return f"#{self.node_id} {name or self.class_type}"


@dataclass(frozen=True, kw_only=True, slots=True)
class InputChange:
    """One input of a node that is in both workflows."""

    name: str
    #: `rewired` where a link is on one side at least, though not where the input comes or goes.
    kind: Literal["added", "removed", "changed", "rewired"]
    #: The values as the workflows hold them; None where there is none.
    old: Any = None
    new: Any = None
    #: The nodes at the far ends, where the values are links.
    old_source: NodeName | None = None
    new_source: NodeName | None = None

    def __str__(self) -> str:
        if self.kind == "added":
            return f"{self.name}: now {_told(self.new, self.new_source)}"
        if self.kind == "removed":
            return f"{self.name}: no longer {_told(self.old, self.old_source)}"
        return f"{self.name}: {_told(self.old, self.old_source)} → {_told(self.new, self.new_source)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeChange:
    """A node that is in both workflows, and what changed in it."""

    old: NodeName
    new: NodeName
    inputs: tuple[InputChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What to do to the old workflow to get the new one."""

    added: tuple[NodeName, ...] = ()
    removed: tuple[NodeName, ...] = ()
    #: Nodes with another title or other inputs.
    changed: tuple[NodeChange, ...] = ()
    #: The new id by the old one, of nodes that are the same but for their id.
    renumbered: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether the two do the same; ids and titles do nothing."""
        return not self.added and not self.removed and not any(each.inputs for each in self.changed)

    def text(self) -> str:
        """Return the difference as lines for people; empty where there is none."""
        lines = [f"- {each}" for each in self.removed] + [f"+ {each}" for each in self.added]
        for change in self.changed:
            lines.append(f"~ {change.new}" + (f", was {change.old}" if change.old != change.new else ""))
            lines += [f"    {each}" for each in change.inputs]
        told = {each.old.node_id for each in self.changed}
        alone = [f"{old} → {new}" for old, new in self.renumbered.items() if old not in told]
        if alone:
            lines.append(f"= renumbered: {', '.join(alone)}")
        return "".join(f"{line}\n" for line in lines)

    def json(self) -> dict[str, Any]:
        """Return the difference as JSON takes it."""
        return {
            "added": [_name_json(each) for each in self.added],
            "removed": [_name_json(each) for each in self.removed],
            "changed": [
                {
                    "old": _name_json(each.old),
                    "new": _name_json(each.new),
                    "inputs": [
                        {"name": change.name, "kind": change.kind, "old": change.old, "new": change.new}
                        for change in each.inputs
                    ],
                }
                for each in self.changed
            ],
            "renumbered": dict(self.renumbered),
        }


def difference(old: Workflow, new: Workflow) -> Difference:
    """Compare two workflows in API format; what is no node in them is left aside.

    Nodes are the same where id and class are; the rest are matched by what they hold and what they are linked
    to, so that a workflow with other ids is no other workflow.
    """
    nodes = nodes_of(old), nodes_of(new)
    partner = match_nodes(*nodes)
    names = [
        {
            node_id: NodeName(
                node_id=node_id,
                class_type=entry["class_type"],
                title=title_of(entry) or "",
            )
            for node_id, entry in side.items()
        }
        for side in nodes
    ]
    taken = set(partner.values())
    changed = []
    for old_id, new_id in partner.items():
        inputs = _changes(nodes[0][old_id], nodes[1][new_id], partner, names)
        if inputs or names[0][old_id].title != names[1][new_id].title:
            changed.append(NodeChange(old=names[0][old_id], new=names[1][new_id], inputs=inputs))
    return Difference(
        added=tuple(name for node_id, name in names[1].items() if node_id not in taken),
        removed=tuple(name for node_id, name in names[0].items() if node_id not in partner),
        changed=tuple(changed),
        renumbered={old_id: new_id for old_id, new_id in partner.items() if old_id != new_id},
    )


def _changes(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    partner: Mapping[str, str],
    names: list[dict[str, NodeName]],
) -> tuple[InputChange, ...]:
    before, after = inputs_of(old), inputs_of(new)
    changes = []
    for name in dict.fromkeys([*before, *after]):
        first, second = before.get(name, _ABSENT), after.get(name, _ABSENT)
        links = link_of(first), link_of(second)
        if _same(first, second, partner, names):
            continue
        kind: Literal["added", "removed", "changed", "rewired"] = "rewired" if any(links) else "changed"
        if first is _ABSENT or second is _ABSENT:
            kind = "added" if first is _ABSENT else "removed"
        changes.append(
            InputChange(
                name=name,
                kind=kind,
                old=None if first is _ABSENT else first,
                new=None if second is _ABSENT else second,
                old_source=names[0].get(links[0][0]) if links[0] else None,
                new_source=names[1].get(links[1][0]) if links[1] else None,
            )
        )
    return tuple(changes)


def _same(old: object, new: object, partner: Mapping[str, str], names: list[dict[str, NodeName]]) -> bool:
    first, second = link_of(old), link_of(new)
    if first is None or second is None:
        return same_literal(old, new)
    if first[0] not in names[0] and second[0] not in names[1]:
        return first == second
    return (partner.get(first[0]), first[1]) == second


def _told(value: object, source: NodeName | None) -> str:
    link = link_of(value)
    if link is None:
        return shortened(value)
    return f"output {link[1]} of {source or f'#{link[0]}, which is not there'}"


def _name_json(name: NodeName) -> dict[str, str]:
    return {"id": name.node_id, "class_type": name.class_type, "title": name.title}
