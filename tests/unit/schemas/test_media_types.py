"""What a file is comes from its content; what could act in a browser is unknown bytes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from atelier.schemas.media_types import PASSIVE, UNKNOWN, sniff


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_pictures_are_known_by_their_content(format: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, format)
    assert sniff(buffer.getvalue()) == f"image/{format.lower()}"


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"alert(1)", b"{}", b"RIFF"],
)
def test_what_could_act_or_is_unknown_stays_unknown(content: bytes) -> None:
    assert sniff(content) == UNKNOWN


@given(st.binary(max_size=64))
def test_whatever_comes_is_unknown_or_passive(content: bytes) -> None:
    assert sniff(content) in PASSIVE | {UNKNOWN}


def test_nothing_that_acts_is_passive() -> None:
    assert (
        not {"text/html", "image/svg+xml", "application/javascript", "text/javascript", "text/css"} & PASSIVE
    )
