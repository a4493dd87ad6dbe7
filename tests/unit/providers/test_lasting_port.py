"""The port of an engine that is started again and again."""

from __future__ import annotations

import socket

import pytest

from atelier.errors import EngineStartFailed
from atelier.providers import kept_engine
from atelier.providers.kept_engine import lasting_port


def test_it_is_free_and_below_those_of_connections_that_go_out() -> None:
    port = lasting_port()
    assert port < 32768  # where Linux begins, before macOS and Windows
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))


def test_one_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        taken = listener.getsockname()[1]
        monkeypatch.setattr(kept_engine, "_LASTING_PORTS", [taken] * 100)
        with pytest.raises(EngineStartFailed):
            lasting_port()
