"""Whether a server takes a value for an input, and what becomes of it.

Source: docs/reference/protocol.md, `POST /prompt`: INT, FLOAT, STRING and BOOLEAN are converted as Python's
int, float, str and bool do; the range is looked at after that; a step is not enforced.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from atelier.findings import Severity
from atelier.workflows import remedies
from atelier.workflows.nearest import base_name
from atelier.workflows.object_info import InputType
from atelier.workflows.remedies import Nearest, Remedy, shown
from atelier.workflows.wiring import unwrapped

#: Above it the page's numbers are no longer exact.
LARGEST_BROWSER_INTEGER = 2**53

_CONVERSIONS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}

#: Inputs whose class looks for the file itself, so that sub-folders are possible beyond the list, although
#: nothing in the declaration tells (ComfyUI 0.3.64).
_FILES = frozenset({("LoadLatent", "latent"), ("LoadAudio", "audio"), ("LoadVideo", "file")})

#: New-style combos whose class takes any other value for one of its own (ComfyUI 0.3.64).
_LENIENT = frozenset(
    {
        ("CaseConverter", "mode"),
        ("RegexExtract", "mode"),
        ("SamplerEulerCFGpp", "version"),
        ("StringCompare", "mode"),
        ("StringTrim", "mode"),
    }
)

#: Words that end a file name and say in which folder of the server it is.
_FOLDERS = (" [input]", " [output]", " [temp]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong with one value."""

    kind: str
    message: str
    remedy: Remedy
    severity: Severity = "error"


def fault_of(
    value: Any, wanted: InputType, class_type: str, files: Collection[str], nearest: Nearest
) -> Fault | None:
    """Return the worst that is wrong with a literal, or None.

    Args:
        value: A JSON value that is no list.
        wanted: The input.
        class_type: The class of the node.
        files: Names of files that the server has besides those that its lists offer.
        nearest: Finds the choice that may be meant.
    """
    value = unwrapped(value)
    conversion = _CONVERSIONS.get(wanted.type)
    try:
        converted = value if conversion is None else conversion(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return Fault(
            kind="invalid_input_type",
            message=f"{shown(value)} is no {wanted.type}.",
            remedy=remedies.wrong_type(wanted),
        )
    if wanted.upload is not None or (class_type, wanted.name) in _FILES:
        return _file_fault(value, wanted, files, nearest)
    return (
        _range_fault(converted, wanted)
        or _choice_fault(value, wanted, class_type, nearest)
        or _loss(value, converted, wanted)
        or _step_fault(converted, wanted)
    )


def _range_fault(value: Any, wanted: InputType) -> Fault | None:
    if wanted.minimum is None and wanted.maximum is None:
        return None
    if isinstance(value, str) or not isinstance(value, (int, float)):
        return Fault(
            kind="invalid_input_type",
            message=f"{shown(value)} is no number.",
            remedy=remedies.wrong_type(wanted),
        )
    if wanted.minimum is not None and value < wanted.minimum:
        return Fault(
            kind="value_smaller_than_min",
            message=f"{shown(value)} is smaller than the least, {wanted.minimum}.",
            remedy=remedies.too_small(wanted),
        )
    if wanted.maximum is not None and value > wanted.maximum:
        return Fault(
            kind="value_bigger_than_max",
            message=f"{shown(value)} is bigger than the most, {wanted.maximum}.",
            remedy=remedies.too_big(wanted),
        )
    return None


def _choice_fault(value: Any, wanted: InputType, class_type: str, nearest: Nearest) -> Fault | None:
    if wanted.options is None or value in wanted.options:
        return None
    if wanted.multiselect and isinstance(value, list) and all(each in wanted.options for each in value):
        return None
    lenient = (class_type, wanted.name) in _LENIENT
    why = "" if wanted.dialect == "old" else " The server does not look; the node fails."
    if lenient:
        why = " The node does not look either, and takes it for one of them."
    return Fault(
        kind="value_not_in_list",
        message=f"{shown(value)} is not in the list.{why}",
        remedy=remedies.not_in_list(wanted, value, nearest),
        severity="warning" if lenient else "error",
    )


def _file_fault(value: Any, wanted: InputType, files: Collection[str], nearest: Nearest) -> Fault | None:
    options = wanted.options or ()
    if value in options or (isinstance(value, str) and value in files):
        return None
    if isinstance(value, str):
        plain = value.removesuffix(" [input]") if wanted.upload_folder == "input" else value
        if plain in options:
            return None
        unlisted = wanted.options is None or plain.endswith(_FOLDERS) or base_name(plain) != plain
        if unlisted and not files:
            return Fault(
                kind="unlisted_file",
                message=f"The server's list does not tell whether there is a file {shown(value)}.",
                remedy=remedies.no_such_file(wanted, value, nearest),
                severity="warning",
            )
    return Fault(
        kind="custom_validation_failed",
        message=f"The server has no file {shown(value)}.",
        remedy=remedies.no_such_file(wanted, value, nearest),
    )


def _loss(value: Any, converted: Any, wanted: InputType) -> Fault | None:
    """Return what a conversion changes without a word."""
    instead: object
    cut = wanted.type == "INT" and isinstance(value, float) and value != converted
    if cut or (wanted.type in ("INT", "FLOAT") and isinstance(value, bool)):
        instead = converted
    elif wanted.type == "BOOLEAN" and not isinstance(value, bool):
        instead = _meant(value, converted)
    elif wanted.type == "STRING" and (value is None or isinstance(value, (bool, list, dict))):
        instead = "" if value is None else None
    elif wanted.type == "FLOAT" and isinstance(converted, float) and not math.isfinite(converted):
        return Fault(
            kind="converted_value",
            message=f"{shown(value)} is no number to draw with, although the server takes it.",
            remedy=remedies.wrong_type(wanted),
            severity="warning",
        )
    elif isinstance(converted, int) and abs(converted) > LARGEST_BROWSER_INTEGER:
        return Fault(
            kind="large_number",
            message=f"{shown(converted)} is above 2^53: a browser rounds it, so the page draws another.",
            remedy=Remedy(
                fix=f"Use at most {LARGEST_BROWSER_INTEGER} if the workflow is opened in the page.",
                nearest=converted % LARGEST_BROWSER_INTEGER,
            ),
            severity="warning",
        )
    else:
        return None
    became = shown(converted) if not isinstance(value, (list, dict)) else "a text of it"
    return Fault(
        kind="converted_value",
        message=f"The server makes {became} of {shown(value)}.",
        remedy=Remedy(
            fix=f"Write {shown(instead)}." if instead is not None else "Write the value that is meant.",
            nearest=instead,
        ),
        severity="warning",
    )


def _meant(value: object, converted: object) -> object:
    """Return the truth value that somebody meant; every text but the empty one is true to the server."""
    if isinstance(value, str) and value.strip().lower() in ("false", "no", "off", "0", ""):
        return False
    return converted


def _step_fault(value: Any, wanted: InputType) -> Fault | None:
    if wanted.type != "INT" or not wanted.step or wanted.step <= 1 or not isinstance(value, int):
        return None
    step, start = int(wanted.step), int(wanted.minimum or 0)
    beside = (value - start) % step
    if beside == 0:
        return None
    below = value - beside
    above = below + step
    top = wanted.maximum is not None and above > wanted.maximum
    near = below if top or beside * 2 < step else above
    return Fault(
        kind="step_missed",
        message=f"{shown(value)} is between two steps of {step}: the server takes it, the node may round.",
        remedy=Remedy(fix=f"Use {near}.", nearest=near),
        severity="warning",
    )
