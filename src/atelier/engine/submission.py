"""The body of `POST /prompt`, read strictly: what crashes or stalls ComfyUI is refused here."""

from __future__ import annotations

import json
import math
import uuid
from dataclasses import dataclass
from typing import Any

from atelier.engine.validation import Rejection, rejected
from atelier.workflows.nesting import is_deeper

#: What the page sends along for paid services; nobody may see it, and the engine has no use for it.
_SECRETS = ("auth_token_comfy_org", "api_key_comfy_org")

_LONGEST_ID = 256

#: Levels of objects and lists in a body: what ComfyUI's worker survives. Workflows have about ten.
_DEEPEST = 400


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A workflow that somebody wants to run; the workflow itself is not checked yet."""

    graph: dict[str, Any]
    prompt_id: str
    #: Priority, the smaller the sooner; None for the order of arrival.
    number: float | None
    #: Whether it goes before everything that waits; without meaning when there is a number.
    front: bool
    client_id: str | None
    extra_data: dict[str, Any]
    #: Output nodes that are wanted; None for all.
    targets: frozenset[str] | None


class _Unfit(Exception):
    """A field of the body is not what it has to be."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.rejection = rejected("invalid_prompt", message, details)


def read_submission(body: object) -> Submission | Rejection:
    """Return what the body asks for, or why it cannot be understood."""
    if not isinstance(body, dict) or body.get("prompt") is None:
        return rejected("no_prompt", "No prompt provided", "No prompt provided")
    graph = body["prompt"]
    if graph == []:
        return rejected("prompt_no_outputs", "Prompt has no outputs")
    try:
        _require_json(body)
        if not isinstance(graph, dict):
            raise _Unfit("The prompt is not an object.", "It maps node ids to nodes.")
        extra_data = _extra_data(body)
        client_id = _client_id(body, extra_data)
        return Submission(
            graph=graph,
            prompt_id=_prompt_id(body),
            number=_number(body),
            front=bool(body.get("front")),
            client_id=client_id,
            extra_data=extra_data if client_id is None else {**extra_data, "client_id": client_id},
            targets=_targets(body),
        )
    except _Unfit as unfit:
        return unfit.rejection


def _require_json(body: dict[str, Any]) -> None:
    # Whatever comes in here goes out again, in /queue and /history and in errors: what no encoder or no
    # browser can take would come back to bite everybody.
    if is_deeper(body, _DEEPEST):
        raise _Unfit("The request is nested too deeply.", f"It goes deeper than {_DEEPEST} levels.")
    try:
        json.dumps(body, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _Unfit("The request is not strict JSON.", str(error)) from error


def _prompt_id(body: dict[str, Any]) -> str:
    given = body.get("prompt_id")
    if given is None:
        return str(uuid.uuid4())
    if isinstance(given, bool) or not isinstance(given, str | int) or not 0 < len(str(given)) <= _LONGEST_ID:
        raise _Unfit("The prompt_id cannot be used.", f"It is a string of 1 to {_LONGEST_ID} characters.")
    return str(given)


def _number(body: dict[str, Any]) -> float | None:
    if "number" not in body:
        return None
    try:
        number = float(body["number"])
    except (TypeError, ValueError, OverflowError) as error:
        raise _Unfit("The number cannot be used.", str(error)) from error
    if not math.isfinite(number):
        raise _Unfit("The number cannot be used.", f"{number} is not finite")
    return number


def _extra_data(body: dict[str, Any]) -> dict[str, Any]:
    extra_data = body.get("extra_data", {})
    if not isinstance(extra_data, dict):
        raise _Unfit("The extra_data cannot be used.", "It is an object.")
    if not isinstance(extra_data.get("extra_pnginfo"), dict | None):
        raise _Unfit("The extra_pnginfo cannot be used.", "It is an object.")
    return {key: value for key, value in extra_data.items() if key not in _SECRETS}


def _client_id(body: dict[str, Any], extra_data: dict[str, Any]) -> str | None:
    client_id = body.get("client_id", extra_data.pop("client_id", None))
    if not isinstance(client_id, str | None):
        raise _Unfit("The client_id cannot be used.", "It is a string.")
    return client_id


def _targets(body: dict[str, Any]) -> frozenset[str] | None:
    targets = body.get("partial_execution_targets")
    if targets is None:
        return None
    if not isinstance(targets, list):
        raise _Unfit("The partial_execution_targets cannot be used.", "They are a list of node ids.")
    return frozenset(each for each in targets if isinstance(each, str))
