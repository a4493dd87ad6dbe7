"""Workflows in pictures: read and removed, and nothing else touched."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from atelier.errors import PictureUnreadable
from atelier.workflows.graph import Workflow
from atelier.workflows.picture_metadata import LONGEST_TEXT, read_workflow, replace_prompt, strip_workflow

PROMPT = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "ein Füchslein 🦊"}}}
DOCUMENT = {"nodes": [{"id": 1, "type": "Note"}], "links": [], "version": 0.4}


def pixels(picture: bytes) -> bytes:
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("RGB").tobytes()


def png(info: PngInfo | None = None) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((24, 16)).save(target, "PNG", pnginfo=info, dpi=(72, 72))
    return target.getvalue()


def png_with(kind: str) -> bytes:
    info = PngInfo()
    info.add_text("Software", "a test")
    for keyword, document in (("prompt", PROMPT), ("workflow", DOCUMENT)):
        text = json.dumps(document)
        if kind == "iTXt":
            info.add_itxt(keyword, json.dumps(document, ensure_ascii=False), zip=True)
        elif kind == "comf":
            info.add(b"comf", keyword.encode() + b"\0" + text.encode(), after_idat=True)
        else:
            info.add_text(keyword, text, zip=kind == "zTXt")
    return png(info)


def webp() -> bytes:
    """Write a WebP as ComfyUI's SaveAnimatedWEBP does."""
    target = io.BytesIO()
    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    exif = image.getexif()
    exif[0x0110] = f"prompt:{json.dumps(PROMPT)}"
    exif[0x010F] = f"workflow:{json.dumps(DOCUMENT)}"
    exif[0x0131] = "a test"
    image.save(target, "WEBP", exif=exif, lossless=True)
    return target.getvalue()


PICTURES = {kind: png_with(kind) for kind in ("tEXt", "zTXt", "iTXt", "comf")} | {"WebP": webp()}


@pytest.mark.parametrize("kind", PICTURES)
def test_both_workflows_are_read(kind: str) -> None:
    found = read_workflow(PICTURES[kind])
    assert (found.prompt, found.workflow, found.remarks) == (PROMPT, DOCUMENT, ())


@pytest.mark.parametrize("kind", PICTURES)
def test_a_stripped_picture_has_the_same_pixels_and_no_workflow(kind: str) -> None:
    stripped = strip_workflow(PICTURES[kind])
    found = read_workflow(stripped)
    assert (found.prompt, found.workflow, found.remarks) == (None, None, ())
    assert pixels(stripped) == pixels(PICTURES[kind])
    assert "Füchslein".encode() not in stripped
    assert b"class_type" not in stripped
    assert strip_workflow(stripped) == stripped


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt", "comf"])
def test_a_stripped_png_keeps_its_other_chunks_byte_for_byte(kind: str) -> None:
    info = PngInfo()
    info.add_text("Software", "a test")
    assert strip_workflow(PICTURES[kind]) == png(info)


def test_a_stripped_webp_keeps_its_other_tags() -> None:
    with Image.open(io.BytesIO(strip_workflow(PICTURES["WebP"]))) as image:
        assert image.getexif()[0x0131] == "a test"


@pytest.mark.parametrize("kind", ["tEXt", "WebP"])
def test_what_follows_the_end_of_a_picture_goes(kind: str) -> None:
    assert strip_workflow(PICTURES[kind] + b"prompt") == strip_workflow(PICTURES[kind])


def test_a_picture_without_a_workflow_is_left_as_it_is() -> None:
    assert strip_workflow(png()) == png()
    found = read_workflow(png())
    assert (found.prompt, found.workflow, found.remarks) == (None, None, ())


@pytest.mark.parametrize("wrong", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPEXIF", png()[:-1]])
def test_what_is_no_whole_picture_is_refused_when_stripped_and_remarked_when_read(wrong: bytes) -> None:
    assert len(read_workflow(wrong).remarks) == 1
    with pytest.raises(PictureUnreadable):
        strip_workflow(wrong)


OTHER: Workflow = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}}}


@pytest.mark.parametrize("kind", PICTURES)
def test_another_workflow_stands_where_the_first_stood_and_all_else_stays(kind: str) -> None:
    replaced = replace_prompt(PICTURES[kind], OTHER)
    found = read_workflow(replaced)
    assert (found.prompt, found.workflow, found.remarks) == (OTHER, DOCUMENT, ())
    assert pixels(replaced) == pixels(PICTURES[kind])
    assert strip_workflow(replaced) == strip_workflow(PICTURES[kind])
    assert replace_prompt(replaced, OTHER) == replaced


def test_a_longer_workflow_leaves_a_webp_without_one() -> None:
    longer = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox " * 100}}}
    found = read_workflow(replace_prompt(PICTURES["WebP"], longer))
    assert (found.prompt, found.workflow) == (None, DOCUMENT)
    assert read_workflow(replace_prompt(PICTURES["tEXt"], longer)).prompt == longer


@pytest.mark.parametrize("picture", [png(), b"", b"GIF89a", b"no picture"])
def test_a_file_without_a_workflow_gets_none(picture: bytes) -> None:
    assert replace_prompt(picture, OTHER) == picture


def test_a_damaged_picture_is_refused() -> None:
    with pytest.raises(PictureUnreadable):
        replace_prompt(PICTURES["tEXt"][:-20], OTHER)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(added: bytes) -> bytes:
    plain = png()
    end = plain.rindex(b"IEND") - 4
    return plain[:end] + added + plain[end:]


@pytest.mark.parametrize(
    ("added", "remark"),
    [
        (chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b" " * (LONGEST_TEXT + 1))), "longer than"),
        (chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"{}")[:-4]), "ends too early"),
        (chunk(b"zTXt", b"prompt\0\0no zlib"), "damaged"),
        (chunk(b"zTXt", b"prompt\0\1"), "compression is unknown"),
        (chunk(b"iTXt", b"prompt\0\1\7\0\0{}"), "compression is unknown"),
        (chunk(b"tEXt", b"prompt\0{")[:-4] + b"\0\0\0\0", "checksum"),
        (chunk(b"tEXt", b"prompt\0{"), "no JSON"),
        (chunk(b"tEXt", b"prompt\0" + b"[" * 100_000), "no JSON"),
        (chunk(b"tEXt", b"prompt\0[]"), "no workflow in API format"),
        (chunk(b"tEXt", b"prompt\0" + json.dumps(DOCUMENT).encode()), "no workflow in API format"),
        (chunk(b"tEXt", b"workflow\0" + json.dumps(PROMPT).encode()), "no workflow in UI format"),
        (chunk(b"tEXt", b"prompt\0{}") * 2, "twice"),
    ],
)
def test_a_text_that_cannot_be_used_is_remarked_and_can_be_stripped(added: bytes, remark: str) -> None:
    picture = with_chunk(added)
    found = read_workflow(picture)
    assert remark in " ".join(found.remarks)
    assert strip_workflow(picture) == png()


def test_latin_1_is_read_where_the_text_is_no_utf_8() -> None:
    prompt = b'prompt\0{"1": {"class_type": "F\xfcchslein"}}'
    assert read_workflow(with_chunk(chunk(b"tEXt", prompt))).prompt == {"1": {"class_type": "Füchslein"}}


def read_and_strip(picture: bytes) -> Any:
    """Do both; only what is foreseen may happen."""
    found = read_workflow(picture)
    try:
        stripped = strip_workflow(picture)
    except PictureUnreadable:
        return found
    left = read_workflow(stripped)
    assert (left.prompt, left.workflow) == (None, None)
    return found


@pytest.mark.parametrize("kind", PICTURES)
def test_every_truncation_is_remarked(kind: str) -> None:
    picture = PICTURES[kind]
    for length in range(len(picture)):
        found = read_and_strip(picture[:length])
        assert found.prompt in (None, PROMPT)
        assert found.remarks


@given(
    kind=st.sampled_from(sorted(PICTURES)),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_changed_bytes_never_raise_anything_else(kind: str, changes: list[tuple[int, int]]) -> None:
    picture = bytearray(PICTURES[kind])
    for place, value in changes:
        picture[place % len(picture)] = value
    read_and_strip(bytes(picture))


@given(
    head=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPEXIF"]), rest=st.binary(max_size=200)
)
def test_random_bytes_never_raise_anything_else(head: bytes, rest: bytes) -> None:
    read_and_strip(head + rest)
