"""A disk that is full, or a file that may not be touched, is told to the client, and logged in one line."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import aiohttp
import pytest

from atelier.engine.server import settings, uploads, userdata
from tests.integration.engine.conftest import RunningEngine


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EACCES, 500)])
@pytest.mark.parametrize("path", ["/upload/image", "/userdata/a.json", "/settings"])
async def test_what_cannot_be_written_is_a_sentence_and_one_line_in_the_log(
    engine: RunningEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    number: int,
    status: int,
) -> None:
    def refuse(target: Path, content: object) -> None:
        raise OSError(number, os.strerror(number), str(target))

    for module in (uploads, userdata, settings):
        monkeypatch.setattr(module, "write_whole", refuse)
    form = aiohttp.FormData()
    form.add_field("image", b"1", filename="a.png")
    body = {"data": form} if path == "/upload/image" else {"json": {"a": 1}}
    async with engine.session.post(path, **body) as answer:
        text = await answer.text()
    assert (answer.status, os.strerror(number) in text) == (status, True)
    assert str(engine.folders.base) not in text
    (line,) = (each for each in caplog.records if each.levelno >= logging.ERROR)
    assert line.exc_info is None
    assert path in line.getMessage()
