"""JSON bodies: read within limits, refused when malformed, written without NaN."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

from aiohttp import web

#: The longest JSON body. The page sends its whole workflow with each prompt; that is far below.
MAX_JSON_BYTES = 16 * 1024 * 1024
#: Seconds that a request body may take to arrive.
BODY_DEADLINE = 300.0


class MalformedJson(ValueError):
    """A request body is not JSON; the message says where."""


async def read_bytes(request: web.Request, *, limit: int) -> bytes:
    """Return the request's body.

    Raises:
        web.HTTPRequestEntityTooLarge: it is longer than `limit` bytes.
        web.HTTPRequestTimeout: it did not arrive in time.
    """
    length = request.content_length
    if length is not None and length > limit:
        raise web.HTTPRequestEntityTooLarge(limit, length)
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            if length is not None:
                return await request.read()
            body = bytearray()
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise web.HTTPRequestEntityTooLarge(limit, len(body))
            return bytes(body)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(text="The request body did not arrive in time.") from error


async def read_json(request: web.Request) -> Any:
    """Return the JSON document in the request's body, whatever its Content-Type says.

    Raises:
        MalformedJson: the body is not JSON. ComfyUI answers 500 here.
        web.HTTPException: it is too long or too slow.
    """
    return parse(await read_bytes(request, limit=MAX_JSON_BYTES))


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in the request's body.

    Raises:
        web.HTTPBadRequest: the body is not a JSON object.
        web.HTTPException: it is too long or too slow.
    """
    try:
        document = await read_json(request)
    except MalformedJson as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    if not isinstance(document, dict):
        raise web.HTTPBadRequest(text="The request body must be a JSON object.")
    return document


def parse(body: bytes) -> Any:
    """Parse a JSON document; NaN, Infinity and numbers beyond a float's range are not JSON.

    Raises:
        MalformedJson: it is not JSON.
    """
    try:
        return _DECODER.decode(body.decode())
    # Brackets nested by the thousand are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise MalformedJson(f"The request body is not JSON: {error}") from error


def answer(document: Any, *, status: int = 200) -> web.Response:
    """Return a JSON answer.

    Raises:
        ValueError: the document has a NaN or an infinity in it, which browsers cannot read.
    """
    return web.Response(
        body=encode(document), status=status, content_type="application/json", charset="utf-8"
    )


def encode(document: Any) -> bytes:
    """Return a document as JSON.

    Raises:
        TypeError, ValueError: it has something in it that JSON cannot say.
    """
    return _ENCODER.encode(document).encode()


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is beyond the range of numbers")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_ENCODER = json.JSONEncoder(allow_nan=False)
