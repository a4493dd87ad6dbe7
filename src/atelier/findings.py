"""One fault of a workflow, as ComfyUI's validation reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong at one place of a workflow, and the nearest thing that would be right.

    Source: the error types of `POST /prompt` (docs/reference/protocol.md).
    """

    #: ComfyUI's error type, such as `value_not_in_list`.
    kind: str
    #: What is wrong, in the server's words.
    message: str
    #: The node at fault; None where the whole workflow is.
    node_id: str | None = None
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
        if self.class_type:
            place += f" ({self.class_type})"
        if self.input_name:
            place += f", input {self.input_name}"
        text = f"{place}: {self.message}"
        return f"{text} {self.fix}".rstrip()
