"""The reference page of the client names everything that the client offers."""

from __future__ import annotations

import re
from pathlib import Path

from atelier import client, errors
from atelier.client import AsyncComfyUIClient

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "client.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"\w+", PAGE))


def test_the_page_names_everything_public() -> None:
    assert set(client.__all__) <= WORDS


def test_the_page_names_every_method() -> None:
    methods = {name for name in dir(AsyncComfyUIClient) if not name.startswith("_")} - {"aclose"}
    assert methods <= WORDS


def test_the_page_names_every_exception_that_a_server_causes() -> None:
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.ClientError) and kind is not errors.ClientError
    }
    assert kinds <= WORDS
