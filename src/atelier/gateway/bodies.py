"""Request bodies: read within limits, and refused when malformed; answers without NaN."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import BodyTooLarge, RequestInvalid

#: The longest JSON body. The page sends its whole workflow with each prompt; that is far below.
MAX_JSON_BYTES = 16 * 1024 * 1024
#: Seconds that a body may take to arrive.
DEADLINE = 300.0


async def read_body(request: Request, *, limit: int) -> bytes:
    """Return a request's body.

    Raises:
        BodyTooLarge: it is longer than `limit` bytes.
        RequestInvalid: it did not arrive in time.
    """
    _check_announced(request, limit)
    body = bytearray()
    try:
        async with asyncio.timeout(DEADLINE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError as error:
        raise RequestInvalid("The request body did not arrive in time. Send it again.") from error
    return bytes(body)


async def read_json(request: Request, *, limit: int = MAX_JSON_BYTES) -> Any:
    """Return the JSON document in the body, whatever its Content-Type says.

    Raises:
        RequestInvalid: the body is not JSON.
        BodyTooLarge.
    """
    return parse(await read_body(request, limit=limit))


async def read_object(request: Request, *, limit: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        RequestInvalid: the body is no JSON object.
        BodyTooLarge.
    """
    document = await read_json(request, limit=limit)
    if not isinstance(document, dict):
        raise RequestInvalid("The request body must be a JSON object.")
    return document


def parse(body: bytes) -> Any:
    """Parse a JSON document; NaN, Infinity and numbers beyond a float's range are not JSON.

    Raises:
        RequestInvalid: it is not JSON.
    """
    try:
        return _DECODER.decode(body.decode())
    # Brackets nested by the thousand are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise RequestInvalid(f"The request body is not JSON: {error}") from error


def answer(document: Any, *, status: int = 200) -> Response:
    """Return a JSON answer, which nobody keeps: the next one at this computer may be somebody else."""
    headers = {"Cache-Control": "no-store"}
    return Response(encode(document), status_code=status, media_type="application/json", headers=headers)


def encode(document: Any) -> bytes:
    """Return a document as JSON, as browsers can read it.

    Raises:
        TypeError, ValueError: it has something in it that JSON cannot say.
    """
    return _ENCODER.encode(document).encode()


def too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {limit} bytes, which is all that is taken here.")


def _check_announced(request: Request, limit: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is beyond the range of numbers")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
