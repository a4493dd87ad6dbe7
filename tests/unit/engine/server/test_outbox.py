"""WebSocket frames as the outbox writes them."""

from __future__ import annotations

import pytest
from aiohttp import WSMsgType

from atelier.engine.server.outbox import frame_header


@pytest.mark.parametrize(
    ("length", "type", "header"),
    [
        # The examples of RFC 6455, section 5.7.
        (5, WSMsgType.TEXT, b"\x81\x05"),
        (256, WSMsgType.BINARY, b"\x82\x7e\x01\x00"),
        (65536, WSMsgType.BINARY, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
        # The lengths between which the layout changes.
        (0, WSMsgType.TEXT, b"\x81\x00"),
        (125, WSMsgType.TEXT, b"\x81\x7d"),
        (126, WSMsgType.TEXT, b"\x81\x7e\x00\x7e"),
        (65535, WSMsgType.TEXT, b"\x81\x7e\xff\xff"),
    ],
)
def test_a_header_is_as_short_as_its_length_allows(length: int, type: WSMsgType, header: bytes) -> None:
    assert frame_header(length, type) == header
