"""Validation of one node's inputs, in ComfyUI's words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atelier.errors import AtelierError
from atelier.workflows import wiring

if TYPE_CHECKING:
    from atelier.engine.catalogue import Catalogue
    from atelier.engine.folders import Folders
    from atelier.engine.node import Input, NodeClass, Output

#: Longer lists of choices are not repeated in an error.
_LONGEST_LIST = 20

_CONVERSIONS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


@dataclass(frozen=True, kw_only=True)
class CheckedNode:
    """A node with its inputs told apart."""

    node_id: str
    node_class: NodeClass
    #: Values of the class's inputs, converted to their types.
    literals: Mapping[str, Any]
    #: Input -> node and slot that fill it, in the order in which they were sent.
    links: Mapping[str, tuple[str, int]]
    #: Inputs that the class does not have. Literals change nothing but the cache's key; the node fails on
    #: links when it runs, both as in ComfyUI.
    unknown: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """The input by which a node was reached."""

    node_class: NodeClass
    input_name: str
    link: list[Any]


@dataclass(frozen=True, kw_only=True)
class NodeCheck:
    """What checking one node by itself gave."""

    node: CheckedNode
    #: The inputs as sent, with converted values.
    inputs: dict[str, Any]
    #: ComfyUI's errors; more may come to it when the node's surroundings are looked at.
    errors: list[dict[str, Any]]


def error(type: str, message: str, details: str, **extra_info: Any) -> dict[str, Any]:
    """Return an error as ComfyUI writes it."""
    return {"type": type, "message": message, "details": details, "extra_info": extra_info}


def check_node(
    node_id: str,
    *,
    graph: Mapping[str, Any],
    catalogue: Catalogue,
    folders: Folders,
    consumer: Consumer | None,
) -> NodeCheck:
    """Check one node's inputs, without the nodes that it links to.

    Args:
        node_id: The node; its class is known.
        graph: The workflow.
        catalogue: The known node classes; the workflow has no others.
        folders: Where combos look for their choices.
        consumer: The input by which the node was reached; None for an output node.
    """
    node_class = _class_of(node_id, graph, catalogue)
    checker = _Checker(node_class, graph, catalogue, folders)
    inputs: dict[str, Any] = {}
    try:
        inputs = _inputs(graph[node_id])
        checker.check(inputs)
    except (LookupError, TypeError, ValueError, OSError) as caught:
        # Mostly a link that leads nowhere. ComfyUI reports the exception that its own look-up raised,
        # and the same look-up raises the same here.
        checker.links.clear()
        checker.errors[:] = [_exception(caught, folders, consumer)]
    return NodeCheck(
        node=CheckedNode(
            node_id=node_id,
            node_class=node_class,
            literals=checker.literals,
            links={name: checker.links[name] for name in inputs if name in checker.links},
            unknown={name: value for name, value in inputs.items() if node_class.input(name) is None},
        ),
        inputs=inputs,
        errors=checker.errors,
    )


class _Checker:
    """Sorts a node's inputs into literals and links, and collects what is wrong with them."""

    def __init__(
        self, node_class: NodeClass, graph: Mapping[str, Any], catalogue: Catalogue, folders: Folders
    ) -> None:
        self._class = node_class
        self._graph = graph
        self._catalogue = catalogue
        self._folders = folders
        self.literals: dict[str, Any] = {}
        self.links: dict[str, tuple[str, int]] = {}
        self.errors: list[dict[str, Any]] = []

    def check(self, inputs: dict[str, Any]) -> None:
        """Check the inputs, and put converted values in their places.

        Raises:
            LookupError, TypeError: a link leads nowhere.
        """
        for each in self._class.inputs:
            if each.name not in inputs:
                if each.required:
                    self.errors.append(
                        error(
                            "required_input_missing",
                            "Required input is missing",
                            each.name,
                            input_name=each.name,
                        )
                    )
                continue
            value = wiring.unwrapped(inputs[each.name])
            if isinstance(inputs[each.name], list):
                self._check_link(each, value)
            elif each.type not in _CONVERSIONS and wiring.is_link(value):
                # A wrapped list is a literal where there is something to convert, and a link elsewhere.
                inputs[each.name] = value
                self._check_link(each, value)
            else:
                inputs[each.name] = self._check_literal(each, value)
        self._check_by_hook()

    def _check_link(self, each: Input, link: list[Any]) -> None:
        if len(link) != 2:
            self._blame(
                each,
                "bad_linked_input",
                "Bad linked input, must be a length-2 list of [node_id, slot_index]",
                each.name,
                received_value=link,
            )
            return
        source, slot = link
        received = _output_type(_class_of(source, self._graph, self._catalogue), slot)
        if not _fits(received, each.type):
            wanted = self._config(each)[0]
            self._blame(
                each,
                "return_type_mismatch",
                "Return type mismatch between linked nodes",
                f"{each.name}, received_type({received}) mismatch input_type({wanted})",
                received_type=received,
                linked_node=link,
            )
            return
        self.links[each.name] = (source, int(slot))

    def _check_literal(self, each: Input, value: Any) -> Any:
        """Return the value in its input's type, or as it came when that cannot be."""
        try:
            converted = _convert(value, each.type)
        except (TypeError, ValueError, OverflowError) as caught:
            self._blame(
                each,
                "invalid_input_type",
                f"Failed to convert an input value to a {each.type} value",
                f"{each.name}, {value}, {caught}",
                received_value=value,
                exception_message=str(caught),
            )
            return value
        if self._in_range(each, converted) and self._in_list(each, converted):
            self.literals[each.name] = converted
        return converted

    def _in_range(self, each: Input, value: Any) -> bool:
        low, high = each.settings.get("min"), each.settings.get("max")
        if low is not None and value < low:
            self._blame(
                each,
                "value_smaller_than_min",
                f"Value {value} smaller than min of {low}",
                each.name,
                received_value=value,
            )
            return False
        if high is not None and value > high:
            self._blame(
                each,
                "value_bigger_than_max",
                f"Value {value} bigger than max of {high}",
                each.name,
                received_value=value,
            )
            return False
        return True

    def _in_list(self, each: Input, value: Any) -> bool:
        # New-style combos are ComfyUI's own blind spot, and the node has its say when it runs. A combo
        # with a hook of its own may take more than it offers, as LoadImage takes files in sub-folders.
        if each.options is None or self._class.dialect == "new" or each.name in self._class.validated:
            return True
        choices = list(each.choices(self._folders))
        if value in choices:
            return True
        long = len(choices) > _LONGEST_LIST
        shown = f"(list of length {len(choices)})" if long else str(choices)
        self.errors.append(
            error(
                "value_not_in_list",
                "Value not in list",
                f"{each.name}: '{value}' not in {shown}",
                input_name=each.name,
                input_config=None if long else self._config(each),
                received_value=value,
            )
        )
        return False

    def _check_by_hook(self) -> None:
        values = {name: self.literals[name] for name in self._class.validated if name in self.literals}
        if self._class.validate is None or not values:
            return
        try:
            fault = self._class.validate(self._folders, values)
        except AtelierError as caught:
            fault = str(caught)
        if fault is not None:
            self.errors += [
                error(
                    "custom_validation_failed",
                    "Custom validation failed for node",
                    f"{name} - {fault}",
                    input_name=name,
                )
                for name in values
            ]

    def _blame(self, each: Input, type: str, message: str, details: str, **extra_info: Any) -> None:
        self.errors.append(
            error(type, message, details, input_name=each.name, input_config=self._config(each), **extra_info)
        )

    def _config(self, each: Input) -> list[Any]:
        return _config(self._class, each, self._folders)


def _inputs(entry: Mapping[str, Any]) -> dict[str, Any]:
    inputs = entry["inputs"]
    if not isinstance(inputs, dict):
        raise TypeError("inputs is not an object")
    return dict(inputs)


def _class_of(node_id: Any, graph: Mapping[str, Any], catalogue: Catalogue) -> NodeClass:
    return catalogue[graph[node_id]["class_type"]]


def _output_type(node_class: NodeClass, slot: Any) -> str:
    # A negative slot counts from the end, as in ComfyUI.
    output: Output = node_class.outputs[slot]
    return output.type


def _fits(received: str, wanted: str) -> bool:
    """Return whether an output fits an input; either may name several types, or any with `*`."""
    if received == wanted:
        return True
    given = {each.strip() for each in received.split(",")}
    taken = {each.strip() for each in wanted.split(",")}
    return "*" in given | taken or bool(given & taken)


def _convert(value: Any, type: str) -> Any:
    conversion = _CONVERSIONS.get(type)
    if conversion is None:
        return value
    converted = conversion(value)
    if isinstance(converted, float) and not math.isfinite(converted):
        # ComfyUI lets them through; they are no JSON, and no node can work with them.
        raise ValueError(f"{converted} is not a finite number")
    return converted


def _config(node_class: NodeClass, each: Input, folders: Folders) -> list[Any]:
    """Return the pair of type and settings that errors carry."""
    return [*node_class.input_config(each, folders), {}][:2]


def _exception(caught: Exception, folders: Folders, consumer: Consumer | None) -> dict[str, Any]:
    name = type(caught).__name__
    if consumer is None:
        return error(
            "exception_during_validation",
            "Exception when validating node",
            str(caught),
            exception_type=name,
            traceback=[],
        )
    node_class = consumer.node_class
    config = next(
        _config(node_class, each, folders) for each in node_class.inputs if each.name == consumer.input_name
    )
    return error(
        "exception_during_inner_validation",
        "Exception when validating inner node",
        str(caught),
        input_name=consumer.input_name,
        input_config=config,
        exception_message=str(caught),
        exception_type=name,
        traceback=[],
        linked_node=consumer.link,
    )
