"""Explains a refused workflow, asking the server for the declarations that near values are taken from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from atelier.client._findings import findings
from atelier.client._transport import Transport
from atelier.errors import ClientError
from atelier.findings import Finding
from atelier.workflows import wiring
from atelier.workflows.graph import Workflow

logger = logging.getLogger(__name__)

#: Seconds for all declarations together: an explanation without near values beats a late one.
_PATIENCE = 10.0


async def explain(transport: Transport, document: object, workflow: Workflow) -> tuple[Finding, ...]:
    """Return what the answer of `POST /prompt` finds wrong, with near values where the server knows any."""
    if not findings(document, workflow, {}):
        return ()
    try:
        async with asyncio.timeout(_PATIENCE):
            known = await _declarations(transport, document, workflow)
    except (TimeoutError, ClientError) as error:
        logger.info("no near values: %s", error)
        known = {}
    return findings(document, workflow, known)


async def _declarations(transport: Transport, document: Any, workflow: Workflow) -> Mapping[str, Any]:
    """Return the declarations of the workflow's node classes, of all classes where one is unknown."""
    error = document.get("error")
    if isinstance(error, Mapping) and error.get("type") == "invalid_prompt":
        return await object_info(transport)
    classes = {wiring.class_of(node) for node in workflow.values()}
    return await declarations(transport, {each for each in classes if each is not None})


async def object_info(transport: Transport) -> dict[str, Any]:
    """Return the declarations of all node classes."""
    return transport.object_of(await transport.get_json("/object_info"), "/object_info")


async def declarations(transport: Transport, classes: set[str]) -> dict[str, Any]:
    """Return the declarations of some node classes; one that the server does not know is left out."""
    paths = [f"/object_info/{quote(each, safe='')}" for each in sorted(classes)]
    answers = await asyncio.gather(*(transport.get_json(path) for path in paths))
    merged: dict[str, Any] = {}
    for path, answer in zip(paths, answers, strict=True):
        merged |= transport.object_of(answer, path)
    return merged
