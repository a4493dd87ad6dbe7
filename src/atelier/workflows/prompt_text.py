"""What the page does to texts before it sends them: comments, alternatives, and names of files to save."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from atelier.workflows.graph import Workflow

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_ESCAPED = re.compile(r"\\([{}|])")
#: Placeholders of file names: `%KSampler.seed%`, `%date:yyyy-MM-dd%`.
_PLACEHOLDER = re.compile(r"%([^%]+)%")
_UNSAFE = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')
#: The classes whose `filename_prefix` the page fills in.
_SAVING = frozenset(
    {
        "CLIPSave",
        "LoraSave",
        "ModelSave",
        "SaveAnimatedPNG",
        "SaveAnimatedWEBP",
        "SaveAudio",
        "SaveGLB",
        "SaveImage",
        "SaveLatent",
        "SaveWEBM",
        "VAESave",
    }
)


def expand_prompt(text: str) -> tuple[str, bool]:
    """Return a prompt without its comments and with the first of each `{a|b}`, and whether it had a choice.

    The page draws one of the alternatives by lot at each run.
    """
    taken: list[str] = []
    outer: list[bool] = []
    taking, chose = True, False
    stripped = _COMMENT.sub("", text)
    position = 0
    while position < len(stripped):
        char = stripped[position : position + 2] if stripped[position] == "\\" else stripped[position]
        position += len(char)
        if char == "{":
            outer.append(taking)
        elif char == "}" and outer:
            taking = outer.pop()
        elif char == "|" and outer:
            chose, taking = True, False
        elif taking:
            taken.append(char)
    return _ESCAPED.sub(r"\1", "".join(taken)), chose


def escape_prompt(text: str) -> str:
    """Write a prompt so that the page keeps its braces; its comments it cuts out in any case."""
    return text.replace("{", "\\{").replace("}", "\\}")


def fill_in_file_names(
    workflow: Workflow, names: Mapping[str, str], remark: Callable[[str, str], None]
) -> None:
    """Replace the placeholders in the names of files to save by other nodes' values, in place.

    Args:
        workflow: The workflow in API format.
        names: What placeholders call a node, by id: its class, unless somebody renamed it there.
        remark: Takes the node id and a sentence for each placeholder that stays.
    """
    for node_id, entry in workflow.items():
        prefix = entry["inputs"].get("filename_prefix")
        if entry["class_type"] not in _SAVING or not isinstance(prefix, str):
            continue

        def filled(match: re.Match[str], node_id: str = node_id) -> str:
            name, dot, widget = match[1].partition(".")
            if match[1].startswith("date:"):
                remark(node_id, f"keeps {match[0]}, which the page replaces by the day.")
            elif dot and "." not in widget:
                owner = next((each for each in workflow if names.get(each) == name), None) or next(
                    (each for each, other in workflow.items() if other["_meta"]["title"] == name), None
                )
                value = workflow[owner]["inputs"].get(widget) if owner else None
                if isinstance(value, (str, int, float)):
                    return _UNSAFE.sub("_", _as_javascript(value))
                remark(node_id, f"keeps {match[0]}, since no node has such a value.")
            return match[0]

        entry["inputs"]["filename_prefix"] = _PLACEHOLDER.sub(filled, prefix)


def _as_javascript(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
