"""One fault of a workflow, found by a server's validation or by a check before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: An `error` keeps a picture from being made; a `warning` does not.
Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong at one place of a workflow, and the nearest thing that would be right.

    Source: the error types of `POST /prompt` (docs/reference/protocol.md).
    """

    #: ComfyUI's error type, such as `value_not_in_list`, or a name of our own where ComfyUI has none.
    kind: str
    #: What is wrong; in the server's words where the server found it.
    message: str
    severity: Severity = "error"
    #: The node at fault; None where the whole workflow is.
    node_id: str | None = None
    #: What the page shows above the node, where the workflow says it.
    title: str | None = None
    class_type: str | None = None
    input_name: str | None = None
    #: The value that was sent, where the server repeats it.
    received: object = None
    #: The nearest valid value, where one can be named.
    nearest: object = None
    #: What to do next, in one sentence.
    fix: str = ""

    def __str__(self) -> str:
        place = f"node {self.node_id}" if self.node_id is not None else "workflow"
        names = ", ".join(dict.fromkeys(each for each in (self.title, self.class_type) if each))
        if names:
            place += f" ({names})"
        if self.input_name:
            place += f", input {self.input_name}"
        text = f"{place}: {self.message}"
        return f"{text} {self.fix}".rstrip()
