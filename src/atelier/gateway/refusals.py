"""What goes wrong, as an answer: one place that turns errors into statuses and documents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.websockets import WebSocket, WebSocketState

from atelier.errors import (
    AtelierError,
    ClientError,
    DatabaseUnusable,
    DeadlineExceeded,
    NoEngine,
    PromptRefused,
    ServiceRefusal,
    TokenInvalid,
)
from atelier.gateway.metrics import Metrics
from atelier.gateway.mounting import address_of, own_path

log = structlog.get_logger(__name__)

#: Seconds after which an engine that went away may be back.
_LATER = 10
#: Under this the routes are ours; all others are ComfyUI's, and so is the form of their errors.
OWN = "/atelier/"


def answer_to(error: Exception, connection: HTTPConnection) -> Response:
    """Return what an error is answered with."""
    status, code, message = _reading(error)
    metrics: Metrics = connection.app.state.metrics
    metrics.refusal(code)
    headers = dict(_headers(error))
    if isinstance(error, TokenInvalid):
        if _is_page(connection):
            return RedirectResponse(address_of(connection, "/atelier/sign-in"), status_code=303)
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, PromptRefused):
        return JSONResponse(dict(error.document), status_code=status, headers=headers)
    request_id = connection.scope.get("state", {}).get("request_id", "")
    fault: dict[str, Any] = {"code": code, "message": message, "request_id": request_id}
    if own_path(connection).startswith(OWN):
        return JSONResponse({"error": fault}, status_code=status, headers=headers)
    # ComfyUI's keys, by which the page shows it, and ours.
    fault |= {"type": code, "details": "", "extra_info": {}}
    return JSONResponse({"error": fault, "node_errors": {}}, status_code=status, headers=headers)


async def on_error(connection: HTTPConnection, error: Exception) -> Response | None:
    """Answer what a route, or the handshake of a WebSocket, raised."""
    if isinstance(error, AtelierError) and not isinstance(error, ServiceRefusal):
        log.warning("request failed", path=own_path(connection), reason=str(error))
    elif not isinstance(error, ServiceRefusal | HTTPException | RequestValidationError):
        log.error("request failed", path=own_path(connection), exc_info=error)
    response = answer_to(error, connection)
    if not isinstance(connection, WebSocket):
        return response
    if connection.application_state is WebSocketState.CONNECTING:
        await connection.send_denial_response(response)
    elif connection.application_state is WebSocketState.CONNECTED:
        await connection.close(code=1011)
    return None


def _reading(error: Exception) -> tuple[int, str, str]:
    """Return status, code and message; a stranger's message stays inside."""
    match error:
        case ServiceRefusal():
            return error.status, error.code, str(error)
        case HTTPException():
            return error.status_code, f"http_{error.status_code}", str(error.detail)
        case RequestValidationError():
            return 422, "request_invalid", _first_fault(error)
        case DeadlineExceeded():
            return 504, "engine_slow", "The engine did not answer in time. Try again."
        case ClientError():
            return 502, "engine_unreachable", "No engine answers at the moment. Try again in a minute."
        case DatabaseUnusable():
            return 503, "database_unusable", "The service cannot reach its database. Try again in a minute."
        case AtelierError():
            return 500, "failed", "The service could not do this. Its log says why, under the request id."
        case _:
            return (
                500,
                "failed",
                "Something went wrong here. The log says what, under the request id.",
            )


def _headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, HTTPException):
        return error.headers or {}
    wait = _LATER if isinstance(error, NoEngine | ClientError) else getattr(error, "retry_after", None)
    if isinstance(wait, int | float):
        return {"Retry-After": str(max(1, math.ceil(wait)))}
    return {}


def _first_fault(error: RequestValidationError) -> str:
    faults = error.errors()
    if not faults:
        return "The request is not what this route takes."
    place = ".".join(str(each) for each in faults[0].get("loc", ()))
    return f"{place}: {faults[0].get('msg', 'not valid')}"


def _is_page(connection: HTTPConnection) -> bool:
    """Return whether a person's browser asks for a page, and wants one in return."""
    return (
        connection.scope["type"] == "http"
        and connection.scope["method"] == "GET"
        and "text/html" in connection.headers.get("accept", "")
    )
