"""The body of `POST /prompt`, read strictly: what crashes or stalls ComfyUI is refused here.

Source: docs/reference/protocol.md, `POST /prompt`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.errors import PromptRefused
from atelier.gateway.prompt_refusal import refused
from atelier.workflows.nesting import is_deeper

#: What the page sends along for paid services; it is never stored.
SECRETS = frozenset({"auth_token_comfy_org", "api_key_comfy_org"})

#: Characters of an id that a client chooses.
_LONGEST_ID = 256

#: Levels of objects and lists in a body; workflows of the page have about ten.
_DEEPEST = 200


@dataclass(frozen=True, kw_only=True)
class PromptBody:
    """What somebody wants to run; the workflow itself is not checked yet."""

    workflow: dict[str, Any]
    #: The `prompt_id` that the client chose; None for none.
    given_id: str | None
    client_id: str | None
    #: Without secrets, and without a client id.
    extra_data: dict[str, Any]
    #: Nodes that are wanted; None for all.
    targets: tuple[str, ...] | None
    #: Whether it asks to go before the others.
    front: bool


def read_prompt(body: Mapping[str, Any]) -> PromptBody:
    """Read a body.

    Raises:
        PromptRefused: it has no workflow, or a field that cannot be used.
    """
    workflow = body.get("prompt")
    if workflow is None:
        raise refused("no_prompt", "No prompt provided")
    if is_deeper(dict(body), _DEEPEST):
        raise _unfit("The request is nested too deeply", f"It goes deeper than {_DEEPEST} levels")
    if not isinstance(workflow, dict):
        raise _unfit("The prompt is not an object", "It maps node ids to nodes")
    extra_data = body.get("extra_data", {})
    if not isinstance(extra_data, dict):
        raise _unfit("The extra_data cannot be used", "It is an object")
    if not isinstance(extra_data.get("extra_pnginfo"), dict | None):
        raise _unfit("The extra_pnginfo cannot be used", "It is an object")
    return PromptBody(
        workflow=workflow,
        given_id=_given_id(body.get("prompt_id")),
        client_id=_client_id(body.get("client_id", extra_data.get("client_id"))),
        extra_data={
            name: value for name, value in extra_data.items() if name not in SECRETS and name != "client_id"
        },
        targets=_targets(body.get("partial_execution_targets")),
        front=_front(body),
    )


def _given_id(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _unfit("The prompt_id cannot be used", "It is a string")
    text = str(value) if isinstance(value, str) or abs(value) < 10**18 else ""
    if not 0 < len(text) <= _LONGEST_ID or not text.isprintable():
        raise _unfit("The prompt_id cannot be used", f"It has 1 to {_LONGEST_ID} printable characters")
    return text


def _client_id(value: object) -> str | None:
    if not isinstance(value, str | None):
        raise _unfit("The client_id cannot be used", "It is a string")
    if value is not None and (len(value) > _LONGEST_ID or not value.isprintable()):
        raise _unfit("The client_id cannot be used", f"It has up to {_LONGEST_ID} printable characters")
    return value


def _targets(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _unfit("The partial_execution_targets cannot be used", "They are a list of node ids")
    return tuple(dict.fromkeys(value))


def _front(body: Mapping[str, Any]) -> bool:
    number = body.get("number")
    if number is not None:
        if isinstance(number, bool) or not isinstance(number, int | float | str):
            raise _unfit("The number cannot be used", "It is a number")
        try:
            number = float(number)
        except (ValueError, OverflowError) as error:
            raise _unfit("The number cannot be used", "It is a number") from error
        if not math.isfinite(number):
            raise _unfit("The number cannot be used", "It is finite")
        return number < 0
    return body.get("front") is True


def _unfit(message: str, details: str) -> PromptRefused:
    return refused("invalid_prompt", message, details)
