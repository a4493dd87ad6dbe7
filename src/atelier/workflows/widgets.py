"""The widgets of a node: which inputs the page edits in it, and where their values stand in a file.

A UI workflow keeps the values of a node in one list, in the order of the widgets. Some values are no input's:
the choice of what becomes of a seed after a run, and the button that uploads a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atelier.workflows.object_info import InputType, NodeType

#: What may stand after a seed, or a combo that changes after each run.
CONTROLS = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
#: What the page writes for an upload button.
UPLOAD_BUTTON = "image"
#: Integers of these names change after each run, even where their declaration does not say so.
_SEEDS = frozenset({"seed", "noise_seed"})
#: Types beyond the usual ones for which the page has a widget.
_OTHER_WIDGETS = frozenset({"AUDIO_RECORD", "COLOR", "LOAD_3D", "LOAD_3D_ANIMATION", "MARKDOWN", "WEBCAM"})
#: How many buttons stand before a widget and among the values.
_BUTTONS_BEFORE = {"LOAD_3D": 3, "LOAD_3D_ANIMATION": 3}
_ABSENT = object()
#: What the page calls classes that declare no name of their own (frontend 1.27).
_TITLES = {
    "ImageBlend": "Image Blend",
    "ImageBlur": "Image Blur",
    "ImageQuantize": "Image Quantize",
    "ImageScaleToTotalPixels": "Scale Image to Total Pixels",
    "ImageSharpen": "Image Sharpen",
}
_EMPTY: Mapping[str, Any] = {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False}


def page_title(class_type: str, node_type: NodeType | None) -> str:
    """Return what the page writes above a node to which nobody gave a title."""
    if node_type is None:
        return class_type
    return (
        _TITLES.get(class_type, class_type)
        if node_type.display_name == class_type
        else node_type.display_name
    )


def is_widget(given: InputType) -> bool:
    """Say whether the page edits this input in the node."""
    return given.widget or (given.type in _OTHER_WIDGETS and not given.force_input and not given.hidden)


def is_controlled(given: InputType) -> bool:
    """Say whether the page draws beside this input what becomes of its value after a run."""
    return given.control_after_generate or (given.type == "INT" and given.name in _SEEDS)


def widget_inputs(node_type: NodeType) -> tuple[InputType, ...]:
    """Return the inputs that the page edits in the node, in its order."""
    return tuple(each for each in node_type.inputs.values() if is_widget(each))


def place_values(
    widgets: Iterable[InputType], values: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[InputType, Any]]:
    """Give each widget its value out of `widgets_values`; widgets beyond the end of the list get none."""
    if isinstance(values, Mapping):
        return [(each, values[each.name]) for each in widgets if each.name in values]
    placed = []
    position = 0
    for each in widgets:
        position += _BUTTONS_BEFORE.get(each.type, 0)
        if position >= len(values):
            break
        placed.append((each, values[position]))
        position += 1 + _extra_values(each, values[position + 1 : position + 3])
    return placed


def _extra_values(given: InputType, following: Sequence[Any]) -> int:
    if not is_controlled(given) or not following:
        return 0
    control, *rest = following
    # At first it was a choice of yes and no; files from before that hold none.
    if not isinstance(control, bool) and not (isinstance(control, str) and control in CONTROLS):
        return 0
    # Beside a combo stands what the choice is filtered by as well.
    return 2 if given.type == "COMBO" and rest and isinstance(rest[0], str) else 1


def without_forced(
    node_type: NodeType, values: Sequence[Any] | Mapping[str, Any]
) -> Sequence[Any] | Mapping[str, Any]:
    """Drop the values that old files hold for inputs which are sockets only.

    They are recognised by the number of values: one for each widget and each such input.
    """
    declared = [each for each in node_type.inputs.values() if is_widget(each) or each.force_input]
    if isinstance(values, Mapping) or not any(each.force_input for each in declared):
        return values
    buttons = any(each.upload for each in declared)
    if len(values) != sum(2 if is_controlled(each) else 1 for each in declared) + buttons:
        return values
    return [
        value
        for index, value in enumerate(values)
        if index >= len(declared) or not declared[index].force_input
    ]


def default_value(given: InputType) -> tuple[Any, ...]:
    """Return what the page fills in for a new node: one value, or none where it has nothing to fill in."""
    if given.type == "COMBO":
        if given.default:
            return (given.default,)
        return given.options[:1] if given.options else ()
    value = given.default if given.default is not None else _EMPTY.get(given.type, _ABSENT)
    return () if value is _ABSENT else (value,)


def widget_values(widgets: Iterable[InputType], inputs: Mapping[str, Any], *, after_run: str) -> list[Any]:
    """Return `widgets_values` for the given inputs, the reverse of `place_values`.

    Args:
        widgets: The node's widgets in order.
        inputs: Values by name; what is missing gets the default.
        after_run: What becomes of seeds after a run, one of `CONTROLS`.
    """
    values: list[Any] = []
    button = False
    for each in widgets:
        default = default_value(each)
        values += [None] * _BUTTONS_BEFORE.get(each.type, 0)
        values.append(inputs.get(each.name, default[0] if default else None))
        if is_controlled(each):
            values.append(after_run)
            if each.type == "COMBO":
                values.append("")
        button = button or each.upload is not None
    if button:
        values.append(UPLOAD_BUTTON)
    return values
