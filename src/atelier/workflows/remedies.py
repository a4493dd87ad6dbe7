"""What to do about each kind of fault of an input: the nearest right value, and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atelier.workflows import wiring
from atelier.workflows.nearest import nearest
from atelier.workflows.object_info import InputType

#: Finds the choice most like a value, or None.
Nearest = Callable[[object, Collection[object]], object]

#: Options that a fix lists where none is near.
_LISTED = 8

#: A value is shown up to these.
_MOST_DIGITS = 40
_MOST_PARTS = 4
_MOST_CHARACTERS = 80

_KINDS = {"INT": "a whole number", "FLOAT": "a number", "STRING": "a text", "BOOLEAN": "true or false"}


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """The nearest right value and the sentence that says what to do."""

    fix: str
    nearest: object = None


def missing(wanted: InputType, links: Sequence[list[Any]]) -> Remedy:
    """Return what to do about an input that is not there; `links` lead to outputs that fit it."""
    if wanted.default is not None:
        return Remedy(
            fix=f"Set {wanted.name}, for instance to its default {shown(wanted.default)}.",
            nearest=wanted.default,
        )
    if wanted.options:
        return Remedy(fix=f"Set {wanted.name} to {listed(wanted.options)}.", nearest=wanted.options[0])
    if wanted.options is not None:
        return Remedy(fix=_NOTHING_TO_CHOOSE)
    if wanted.type in _KINDS:
        return Remedy(fix=f"Set {wanted.name} to {_KINDS[wanted.type]}.", nearest=wanted.minimum)
    return connect(wanted, links)


def connect(wanted: InputType, links: Sequence[list[Any]]) -> Remedy:
    """Return what to do about an input that needs another link."""
    if wanted.type == "*":
        return Remedy(fix=f"Set or connect {wanted.name}.")
    instead = f", such as {shown(links[0])}" if links else ""
    return Remedy(
        fix=f"Connect {wanted.name} to an output of type {wanted.type}{instead}.",
        nearest=links[0] if links else None,
    )


def bad_link_shape(link: object, links: Sequence[list[Any]]) -> Remedy:
    """Return what to do about a list that is no link; `links` lead to outputs that fit."""
    instead = link[:2] if isinstance(link, list) and len(link) > 2 else next(iter(links), None)
    return Remedy(
        fix=f"Write a link as [node id, output slot]{f', here {shown(instead)}' if instead else ''}.",
        nearest=instead,
    )


def wrong_type(wanted: InputType) -> Remedy:
    """Return what to do about a value that cannot be converted."""
    instead = "" if wanted.default is None else f", such as {shown(wanted.default)}"
    return Remedy(
        fix=f"Set {wanted.name} to {_KINDS.get(wanted.type, 'a value of its type')}{instead}.",
        nearest=wanted.default,
    )


def too_small(wanted: InputType) -> Remedy:
    """Return what to do about a value below the range."""
    if wanted.minimum is None:
        return Remedy(fix=f"Set {wanted.name} inside its range.")
    return Remedy(fix=f"Set {wanted.name} to at least {wanted.minimum}.", nearest=wanted.minimum)


def too_big(wanted: InputType) -> Remedy:
    """Return what to do about a value above the range."""
    if wanted.maximum is None:
        return Remedy(fix=f"Set {wanted.name} inside its range.")
    return Remedy(fix=f"Set {wanted.name} to at most {wanted.maximum}.", nearest=wanted.maximum)


def not_in_list(wanted: InputType, value: object, nearest: Nearest = nearest) -> Remedy:
    """Return what to do about a value that a combo does not offer."""
    choices = wanted.options or ()
    near = nearest(value, choices)
    if near is not None:
        return Remedy(fix=f"Use {shown(near)}.", nearest=near)
    return Remedy(fix=f"Use {listed(choices)}." if choices else _NOTHING_TO_CHOOSE)


def no_such_file(wanted: InputType, value: object, nearest: Nearest = nearest) -> Remedy:
    """Return what to do about a file that was not uploaded."""
    near = nearest(value, wanted.options or ())
    instead = f", or use {shown(near)}" if near is not None else ""
    return Remedy(
        fix=f"Upload the file first and use the name that the upload answers{instead}.", nearest=near
    )


def dead_link(
    link: Sequence[Any],
    workflow: Mapping[str, Any],
    outputs: int | None,
    links: Sequence[list[Any]],
    nearest: Nearest = nearest,
) -> Remedy:
    """Return what to do about a link of two parts that leads nowhere.

    Args:
        link: The node id and the slot as they were written.
        workflow: The nodes that there are, by id.
        outputs: How many outputs the linked node has; None where that is not known.
        links: Links to outputs that fit.
        nearest: Finds the node that may be meant.
    """
    source, slot = wiring.as_id(link[0]), wiring.as_slot(link[1])
    if source is None or source not in workflow:
        fitting = {each[0]: list(each) for each in reversed(links)}
        near = nearest(link[0], fitting or workflow)
        instead = next(iter(links), None)
        if near is not None:
            instead = fitting.get(str(near), [near, link[1]])
        perhaps = "" if instead is None else f", perhaps {shown(instead)}"
        return Remedy(
            fix=f"There is no node {_name(link[0])}: link to one that exists{perhaps}.", nearest=instead
        )
    instead = [source, slot]
    if not isinstance(link[0], str):
        instead = [source, link[1]]
        return Remedy(fix=f"Write the node id as a string: {shown(instead)}.", nearest=instead)
    if slot is not None and not isinstance(link[1], int) and (outputs is None or slot < outputs):
        return Remedy(fix=f"Write the output slot as a number: {shown(instead)}.", nearest=instead)
    if outputs == 0:
        return Remedy(fix=f"Node {source} has no outputs: link to another node.")
    return Remedy(fix=f"Node {source} has no output {shown(link[1])}; the first is 0.", nearest=[source, 0])


def listed(choices: Sequence[object]) -> str:
    """Return the first choices as a text."""
    texts = ", ".join(shown(each) for each in choices[:_LISTED])
    return f"one of {texts}{' and others' if len(choices) > _LISTED else ''}"


_NOTHING_TO_CHOOSE = "The server has nothing to choose from here: put the file on the server first."


def shown(value: object) -> str:
    """Return a value as a short text, whatever it is."""
    if value is None:
        text = "null"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = repr(value[:_MOST_CHARACTERS])
    elif isinstance(value, (int, float)):
        long = isinstance(value, int) and abs(value) >= 10**_MOST_DIGITS
        text = f"a number of more than {_MOST_DIGITS} digits" if long else repr(value)
    elif isinstance(value, list) and len(value) <= _MOST_PARTS and not any(map(_is_nested, value)):
        text = f"[{', '.join(map(shown, value))}]"
    else:
        text = "a list" if isinstance(value, list) else "an object"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 3]}..."


def _is_nested(value: object) -> bool:
    return isinstance(value, (list, dict))


def _name(node_id: object) -> str:
    return node_id[:_MOST_CHARACTERS] if isinstance(node_id, str) else shown(node_id)
