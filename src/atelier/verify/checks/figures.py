"""How fast it answers, beside the figures that the course set itself."""

from __future__ import annotations

import copy
import statistics
import time

import aiohttp

from atelier.verify.bench import model_sets_in
from atelier.verify.case import Case
from atelier.verify.drawing import samplers_in
from atelier.verify.failures import failure_of
from atelier.verify.sample import sample
from atelier.workflows.model_sets import NANO, choose
from atelier.workflows.text_to_image import TEXT_TO_IMAGE

#: Seconds, by the course's own list: docs/reference/claims.md.
STATS, VALIDATION, SOCKET, AUTHENTICATION, ENDPOINTS = 0.1, 0.2, 0.5, 5.0, 25.0

#: The eight endpoints that a client of ComfyUI needs.
_ENDPOINTS = (
    "/system_stats",
    "/object_info/KSampler",
    "/queue",
    "/history?max_items=1",
    "/prompt",
    "/features",
    "/embeddings",
    "/models/checkpoints",
)


async def system_stats(case: Case) -> None:
    """Time `/system_stats` on a connection that is open."""
    case.expect(await case.ask("GET", "/system_stats"), 200)
    times = [case.expect(await case.ask("GET", "/system_stats"), 200).seconds for _ in range(9)]
    case.figure("/system_stats, median of 9", statistics.median(times), "s", STATS)


async def validation(case: Case) -> None:
    """Time the refusal of a whole workflow, of which one number is wrong so that nothing is queued."""
    sets = model_sets_in(await case.known("/object_info"))
    whole = sample(TEXT_TO_IMAGE, choose(sets, TEXT_TO_IMAGE.name) or NANO, pictures={}).workflow
    workflow = copy.deepcopy(dict(whole))
    for node_id in samplers_in(whole):
        workflow[node_id]["inputs"]["steps"] = 0
    times = []
    for _ in range(5):
        answer = await case.ask("POST", "/prompt", document={"prompt": workflow})
        case.expect(answer, 400)
        times.append(answer.seconds)
    case.figure("judging a workflow, median of 5", statistics.median(times), "s", VALIDATION)


async def socket(case: Case) -> None:
    """Time the WebSocket from the handshake to its first message."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        async with case.socket("/ws", token=case.target.token) as (handshake, opened):
            if opened is None:
                raise failure_of(handshake, "101")
            first = await opened.receive(timeout=10.0)
            if first.type is not aiohttp.WSMsgType.TEXT:
                case.fail(
                    "socket-silent",
                    f"The WebSocket opened, and {first.type.name} came instead of a greeting.",
                    "See the logs of the server and of what stands before it.",
                )
            times.append(time.perf_counter() - began)
    case.figure("WebSocket up, median of 3", statistics.median(times), "s", SOCKET)


async def authentication(case: Case) -> None:
    """Time the refusal of a stranger and the welcome of the token."""
    began = time.perf_counter()
    case.expect(await case.send("GET", "/queue", headers={"Accept": "application/json"}), 401)
    case.expect(await case.ask("GET", "/queue"), 200)
    case.figure("401 without and 200 with the token", time.perf_counter() - began, "s", AUTHENTICATION)


async def endpoints(case: Case) -> None:
    """Ask the eight endpoints one after the other."""
    began = time.perf_counter()
    for path in _ENDPOINTS:
        case.expect(await case.ask("GET", path), 200)
    case.figure("eight endpoints", time.perf_counter() - began, "s", ENDPOINTS)
