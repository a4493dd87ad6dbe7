"""What the operating system refuses, answered in a sentence and logged in a line."""

from __future__ import annotations

import errno
import logging

from aiohttp import web
from aiohttp.typedefs import Handler

logger = logging.getLogger(__name__)

#: What the systems call a full disk or a used-up quota.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@web.middleware
async def answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 507 where a file found no space, 500 where it could not be read or written otherwise."""
    try:
        return await handler(request)
    except ConnectionError:
        # It is the peer that went away, and nobody is left to answer.
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        logger.error("%s %s: a file cannot be read or written: %s", request.method, request.path, reason)
        return web.Response(
            status=507 if error.errno in _FULL else 500,
            text=f"The engine cannot read or write a file: {reason}. Whoever runs it can mend that.",
        )
