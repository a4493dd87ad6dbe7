"""What ComfyUI's `execution_error` tells about an exception, without this machine's paths."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

import atelier
from atelier.errors import AtelierError

if TYPE_CHECKING:
    from atelier.engine.folders import Folders

logger = logging.getLogger(__name__)

_PACKAGE = Path(atelier.__file__).parent.parent


def failure(error: BaseException, inputs: Mapping[str, Any], folders: Folders) -> dict[str, Any]:
    """Return exception_message, exception_type, traceback and current_inputs.

    Args:
        error: What a node raised.
        inputs: The node's inputs by name.
        folders: Their paths are cut from the message.
    """
    return {
        "exception_message": _sentence(error, folders),
        "exception_type": _type_name(type(error)),
        "traceback": [_frame(each) for each in traceback.extract_tb(error.__traceback__)],
        "current_inputs": {name: [_shown(value)] for name, value in inputs.items()},
    }


def _sentence(error: BaseException, folders: Folders) -> str:
    name = type(error).__name__
    try:
        text = str(error) or name
    except Exception:
        logger.exception("A %s cannot say what it is about", name)
        return name
    if isinstance(error, AtelierError):
        return text
    for root in (folders.base, *folders.models, _PACKAGE):
        text = text.replace(str(root), root.name)
    return text


def _type_name(type: type[BaseException]) -> str:
    return type.__qualname__ if type.__module__ == "builtins" else f"{type.__module__}.{type.__qualname__}"


def _frame(frame: traceback.FrameSummary) -> str:
    line = f"    {frame.line}\n" if frame.line else ""
    return f'  File "{_relative(frame.filename)}", line {frame.lineno}, in {frame.name}\n{line}'


def _relative(filename: str) -> str:
    path = PurePath(filename)
    if path.is_relative_to(_PACKAGE):
        return path.relative_to(_PACKAGE).as_posix()
    parts = path.parts
    if "site-packages" in parts:
        return PurePath(*parts[parts.index("site-packages") + 1 :]).as_posix()
    return path.name


def _shown(value: Any) -> Any:
    """Return a value as JSON can carry it: numbers and text as they are, pictures by their shape."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, list | dict):
        return str(value)
    return type(value).__name__
