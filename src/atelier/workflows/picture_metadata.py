"""The workflow inside a picture that ComfyUI saved: read, removed and replaced. Pictures are bytes here.

ComfyUI writes two texts: `prompt`, the workflow in API format, and `workflow`, the same in UI format. In a
PNG they are text chunks, in an animated PNG chunks of the type `comf`, in a WebP EXIF tags that begin with
these words. Sources: PNG specification, third edition, sections 5 and 11.3.3; WebP container specification;
EXIF 2.3, section 4.6.2.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from atelier.errors import PictureUnreadable
from atelier.workflows.graph import Workflow
from atelier.workflows.ui_document import is_ui_document

#: The longest text that is read, in bytes; a compressed one could otherwise fill the memory.
LONGEST_TEXT = 16 * 2**20

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORDS = (b"prompt", b"workflow")
_ASCII = 2


@dataclass(frozen=True, kw_only=True)
class EmbeddedWorkflow:
    """What a picture holds; None for what it does not hold or what cannot be read."""

    #: The workflow in API format.
    prompt: Workflow | None = None
    #: The workflow in UI format.
    workflow: dict[str, Any] | None = None
    #: What stood there and cannot be read, in sentences.
    remarks: tuple[str, ...] = ()


def read_workflow(picture: bytes) -> EmbeddedWorkflow:
    """Read the workflow out of a PNG or a WebP; anything else, and damage, gives remarks."""
    remarks: list[str] = []
    found: dict[bytes, Any] = {}
    for keyword, text in _texts(picture, remarks):
        name = keyword.decode()
        if keyword in found:
            remarks.append(f"The picture holds {name!r} twice; the first is read.")
            continue
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            remarks.append(f"The text {name!r} in the picture is no JSON that can be read.")
            continue
        if isinstance(document, dict) and is_ui_document(document) == (keyword == b"workflow"):
            found[keyword] = document
        else:
            kind = "UI" if keyword == b"workflow" else "API"
            remarks.append(f"The text {name!r} in the picture is no workflow in {kind} format.")
    return EmbeddedWorkflow(
        prompt=found.get(b"prompt"), workflow=found.get(b"workflow"), remarks=tuple(remarks)
    )


def strip_workflow(picture: bytes) -> bytes:
    """Return the picture without its workflow: the pixels and all other chunks byte for byte.

    What follows the end of the picture is not part of it and goes too. In a WebP the EXIF tags stay, their
    texts blank.

    Raises:
        PictureUnreadable: The bytes are no PNG or WebP, or are damaged, so that nobody can say what is left.
    """
    if picture.startswith(_PNG):
        return _strip_png(picture)
    if _is_webp(picture):
        return _strip_webp(picture)
    raise PictureUnreadable("This is neither a PNG nor a WebP picture. Give the file as ComfyUI saved it.")


def replace_prompt(picture: bytes, prompt: Workflow) -> bytes:
    """Return the picture with another workflow where it holds one in API format; all else stays.

    A picture that holds none, and one that is neither PNG nor WebP, stays as it is. In a WebP a workflow that
    is longer than the one that stood there leaves only blanks.

    Raises:
        PictureUnreadable: The picture is damaged.
    """
    text = b"prompt\0" + json.dumps(prompt).encode()
    if picture.startswith(_PNG):
        return _replace_png(picture, text)
    if _is_webp(picture):
        return _replace_webp(picture, text.replace(b"\0", b":", 1))
    return picture


def _texts(picture: bytes, remarks: list[str]) -> Iterator[tuple[bytes, str]]:
    if picture.startswith(_PNG):
        yield from _png_texts(picture, remarks)
    elif _is_webp(picture):
        for start, length in _exif_texts(picture, remarks):
            keyword, _, text = picture[start : start + length].partition(b":")
            yield keyword, _decoded(text.rstrip(b"\0"))
    else:
        remarks.append("This is neither a PNG nor a WebP picture.")


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    #: Where it begins and ends in the file, its frame included.
    start: int
    end: int
    #: Where its data begin and end.
    data: slice


def _png_chunks(picture: bytes) -> Iterator[_Chunk]:
    """Yield the chunks up to IEND; a ValueError tells what is damaged."""
    start = len(_PNG)
    while True:
        if start + 12 > len(picture):
            raise ValueError("it ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", picture, start)
        end = start + 12 + length
        if end > len(picture):
            raise ValueError(f"the chunk at byte {start} is longer than the file")
        yield _Chunk(kind, start, end, slice(start + 8, start + 8 + length))
        if kind == b"IEND":
            return
        start = end


def _keyword(picture: bytes, chunk: _Chunk) -> bytes | None:
    """Return the keyword of a chunk that holds a part of the workflow."""
    if chunk.kind not in (b"tEXt", b"zTXt", b"iTXt", b"comf"):
        return None
    head = picture[chunk.data][:80].partition(b"\0")[0]
    return head if head in _KEYWORDS else None


def _png_texts(picture: bytes, remarks: list[str]) -> Iterator[tuple[bytes, str]]:
    try:
        for chunk in _png_chunks(picture):
            keyword = _keyword(picture, chunk)
            if keyword is None:
                continue
            body = picture[chunk.data][len(keyword) + 1 :]
            checked = picture[chunk.start + 4 : chunk.end - 4]
            try:
                if zlib.crc32(checked).to_bytes(4) != picture[chunk.end - 4 : chunk.end]:
                    raise ValueError("its checksum is wrong")
                yield keyword, _png_text(chunk.kind, body)
            except (ValueError, zlib.error) as error:
                remarks.append(f"The text {keyword.decode()!r} in the picture is damaged: {error}.")
    except ValueError as error:
        remarks.append(f"The picture is damaged: {error}.")


def _png_text(kind: bytes, body: bytes) -> str:
    if kind == b"zTXt":
        if body[:1] != b"\0":
            raise ValueError("its compression is unknown")
        body = _inflated(body[1:])
    elif kind == b"iTXt":
        flag, method, body = body[:1], body[1:2], body[2:]
        # The language and the translated keyword come before the text.
        body = body.partition(b"\0")[2].partition(b"\0")[2]
        if flag == b"\1":
            if method != b"\0":
                raise ValueError("its compression is unknown")
            body = _inflated(body)
    if len(body) > LONGEST_TEXT:
        raise ValueError(f"it is longer than {LONGEST_TEXT} bytes")
    return _decoded(body)


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj()
    text = inflater.decompress(body, LONGEST_TEXT + 1)
    if len(text) <= LONGEST_TEXT and not inflater.eof:
        raise ValueError("it ends too early")
    return text


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        # tEXt is Latin-1 by specification, though many programs write UTF-8.
        return text.decode("latin-1")


def _strip_png(picture: bytes) -> bytes:
    chunks = _whole_png(picture)
    kept = (picture[each.start : each.end] for each in chunks if _keyword(picture, each) is None)
    return _PNG + b"".join(kept)


def _replace_png(picture: bytes, text: bytes) -> bytes:
    parts = [_PNG]
    for chunk in _whole_png(picture):
        if _keyword(picture, chunk) == b"prompt":
            kind = b"comf" if chunk.kind == b"comf" else b"tEXt"
            parts += [struct.pack(">I", len(text)), kind, text, zlib.crc32(kind + text).to_bytes(4)]
        else:
            parts.append(picture[chunk.start : chunk.end])
    return b"".join(parts)


def _whole_png(picture: bytes) -> list[_Chunk]:
    try:
        return list(_png_chunks(picture))
    except ValueError as error:
        raise PictureUnreadable(f"The PNG is damaged: {error}. Save or download it again.") from error


def _is_webp(picture: bytes) -> bool:
    return picture[:4] == b"RIFF" and picture[8:12] == b"WEBP"


def _exif_texts(picture: bytes, remarks: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where the texts of a WebP that begin with one of the keywords stand: start and length."""
    try:
        for kind, start, end in _riff_chunks(picture):
            if kind == b"EXIF":
                yield from _tiff_texts(picture, start, end)
    except (ValueError, struct.error) as error:
        remarks.append(f"The picture is damaged: {error}.")


def _riff_chunks(picture: bytes) -> Iterator[tuple[bytes, int, int]]:
    last = _riff_end(picture)
    start = 12
    while start < last:
        kind, length = struct.unpack_from("<4sI", picture, start)
        end = start + 8 + length
        if end > last:
            raise ValueError(f"the chunk at byte {start} is longer than the file")
        yield kind, start + 8, end
        # Chunks begin at even places.
        start = end + length % 2


def _riff_end(picture: bytes) -> int:
    (length,) = struct.unpack_from("<I", picture, 4)
    if not 12 < length + 8 <= len(picture):
        raise ValueError("it is not as long as it says")
    return int(length) + 8


def _tiff_texts(picture: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    if picture[start : start + 6] == b"Exif\0\0":
        start += 6
    order = {b"II": "<", b"MM": ">"}.get(picture[start : start + 2])
    if order is None:
        raise ValueError("its EXIF data begin with no byte order")
    (directory,) = struct.unpack_from(f"{order}I", picture, start + 4)
    (count,) = struct.unpack_from(f"{order}H", picture, start + directory)
    for index in range(count):
        place = start + directory + 2 + 12 * index
        _, kind, length, offset = struct.unpack_from(f"{order}HHII", picture, place)
        if kind != _ASCII or length <= 4:
            continue
        text = start + offset
        if text + length > end:
            raise ValueError("an EXIF text reaches beyond its chunk")
        if any(picture.startswith(keyword + b":", text) for keyword in _KEYWORDS):
            yield text, length


def _strip_webp(picture: bytes) -> bytes:
    stripped = bytearray(picture)
    for start, length in _whole_exif_texts(picture):
        stripped[start : start + length] = bytes(length)
    return bytes(stripped[: _riff_end(picture)])


def _replace_webp(picture: bytes, text: bytes) -> bytes:
    replaced = bytearray(picture)
    for start, length in _whole_exif_texts(picture):
        if picture.startswith(b"prompt:", start):
            fitting = text if len(text) < length else b""
            replaced[start : start + length] = fitting.ljust(length, b"\0")
    return bytes(replaced)


def _whole_exif_texts(picture: bytes) -> list[tuple[int, int]]:
    remarks: list[str] = []
    texts = list(_exif_texts(picture, remarks))
    if remarks:
        raise PictureUnreadable(f"{remarks[0]} Save or download it again.")
    return texts
