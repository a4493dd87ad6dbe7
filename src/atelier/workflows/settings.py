"""Sets inputs of any workflow by name, as `atelier workflow run FILE --set steps=8` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from atelier.errors import UsageError
from atelier.workflows.graph import Workflow
from atelier.workflows.nearest import nearest
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.wiring import inputs_of, title_of

#: Names for the text behind a sampler's socket, whatever the encoder calls its own input.
_PROMPTS = {"prompt": "positive", "negative_prompt": "negative"}
#: What text encoders call their text.
_TEXT_INPUTS = ("text", "prompt")

_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Place:
    """One input of one node."""

    node_id: str
    input_name: str

    def __str__(self) -> str:
        return f"{self.node_id}.{self.input_name}"


def places(workflow: Workflow, key: str) -> tuple[Place, ...]:
    """Return the inputs that a key means.

    Args:
        workflow: A workflow in API format.
        key: `4.seed` by node id, `KSampler.seed` by class or title, `seed` where one node has it as a
            value; `prompt` and `negative_prompt` mean the texts that samplers are wired to.
    """
    node_name, _, input_name = key.rpartition(".")
    if not node_name and key in _PROMPTS:
        wired = tuple(_texts_behind(workflow, _PROMPTS[key]))
        if wired:
            return wired
    found = []
    for node_id, node in workflow.items():
        inputs = inputs_of(node)
        if input_name in inputs and not isinstance(inputs[input_name], list):
            names = {node_id, node.get("class_type"), title_of(node)}
            if not node_name or node_name in names:
                found.append(Place(node_id=node_id, input_name=input_name))
    return tuple(found)


def with_settings(workflow: Workflow, settings: Mapping[str, str], catalogue: NodeCatalogue) -> Workflow:
    """Return the workflow with inputs set, read as their types want them.

    Raises:
        UsageError: a key means no input, or several; or a value cannot be read as its input's type.
    """
    result = {node_id: {**node, "inputs": dict(inputs_of(node))} for node_id, node in workflow.items()}
    for key, text in settings.items():
        place = only_place(workflow, key)
        node = result[place.node_id]
        declared = catalogue.get(node.get("class_type"))
        known = declared.inputs.get(place.input_name) if declared is not None else None
        node["inputs"][place.input_name] = _read(text, place, known, node["inputs"][place.input_name])
    return result


def only_place(workflow: Workflow, key: str) -> Place:
    """Return the one input that a key means.

    Raises:
        UsageError: it means none, or several.
    """
    found = places(workflow, key)
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(f"{each}={_shown(workflow, each)}" for each in found)
        raise UsageError(f"'{key}' is an input of several nodes: {named}. Name one, such as {found[0]}.")
    known = sorted({name for _, name in _all_values(workflow)} | set(_PROMPTS))
    near = nearest(key.rpartition(".")[2], known)
    hint = "" if near is None else f" Did you mean '{near}'?"
    raise UsageError(f"No node of the workflow has a value '{key}'.{hint} There are: {', '.join(known)}.")


def _texts_behind(workflow: Workflow, socket: Literal["positive", "negative"] | str) -> Iterator[Place]:
    """Give the texts that samplers are wired to by a socket, each once; loops are walked once."""
    waiting = [
        inputs[socket][0]
        for node in workflow.values()
        if isinstance((inputs := inputs_of(node)).get(socket), list) and inputs[socket]
    ]
    seen: set[Any] = set()
    while waiting:
        node_id = waiting.pop(0)
        if not isinstance(node_id, str) or node_id in seen or node_id not in workflow:
            continue
        seen.add(node_id)
        inputs = inputs_of(workflow[node_id])
        text = next((name for name in _TEXT_INPUTS if isinstance(inputs.get(name), str)), None)
        if text is not None:
            yield Place(node_id=node_id, input_name=text)
            continue
        waiting += [
            value[0]
            for name, value in inputs.items()
            if isinstance(value, list) and value and name in (socket, "conditioning")
        ]


def _all_values(workflow: Workflow) -> Iterator[tuple[str, str]]:
    for node_id, node in workflow.items():
        for name, value in inputs_of(node).items():
            if not isinstance(value, list):
                yield node_id, name


def _read(text: str, place: Place, declared: InputType | None, present: object) -> Any:
    kind = declared.type if declared is not None else _kind_of(present)
    try:
        if kind == "INT":
            return int(text)
        if kind == "FLOAT":
            return float(text)
        if kind == "BOOLEAN":
            return _TRUTHS[text.lower()]
    except (ValueError, KeyError) as error:
        wanted = {"INT": "a whole number", "FLOAT": "a number", "BOOLEAN": "true or false"}[kind]
        raise UsageError(f"{place} takes {wanted}, got '{text}'.") from error
    return text


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "INT"
    return "FLOAT" if isinstance(value, float) else "STRING"


def _shown(workflow: Workflow, place: Place) -> str:
    text = repr(inputs_of(workflow[place.node_id])[place.input_name])
    return text if len(text) <= 40 else f"{text[:37]}..."
