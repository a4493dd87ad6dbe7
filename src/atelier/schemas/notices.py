"""What the embedded engine wants the user to know although the job succeeds."""

from __future__ import annotations

from dataclasses import dataclass, field

#: WebSocket message type, and the key of a history entry under which the list stands.
#: ComfyUI's own clients ignore both.
NOTICE_TYPE = "atelier.notice"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One remark about one node of one job, such as the words that the model does not know."""

    #: Machine-readable kind: `unknown_words`, `text_truncated`,
    #: `reference_ignored`, `size_adjusted`, `picture_truncated`.
    code: str
    #: The remark for a person, one sentence.
    message: str
    node_id: str
    #: The words or values meant, in the order in which they stood.
    items: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        """Return the JSON object that travels."""
        return {"code": self.code, "message": self.message, "node": self.node_id, "items": list(self.items)}

    @classmethod
    def from_json(cls, document: dict[str, object]) -> Notice:
        """Read what `to_json` wrote; unknown keys are ignored.

        Raises:
            ValueError: a key is missing or of the wrong type.
        """
        code, message, node = document.get("code"), document.get("message"), document.get("node")
        items = document.get("items", [])
        if not (isinstance(code, str) and isinstance(message, str) and isinstance(node, str)):
            raise ValueError("a notice needs the strings code, message and node")
        if not isinstance(items, list):
            raise ValueError("a notice's items are a list")
        return cls(code=code, message=message, node_id=node, items=tuple(str(item) for item in items))
