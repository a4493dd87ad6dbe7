"""The binary WebSocket frames of ComfyUI, built and parsed as pure functions of bytes.

All numbers are unsigned 32-bit big-endian integers; the first is the event:

    1  | image type (1 JPEG, 2 PNG) | image                    a preview, to clients without the feature flag
    3  | length of node id | node id | UTF-8 text              progress in words
    4  | length of metadata | JSON object | image              a preview, to clients with the feature flag

Source: docs/reference/protocol.md, "Binary frames".
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atelier.errors import FrameInvalid

LEGACY_PREVIEW = 1
TEXT = 3
PREVIEW = 4

#: The image types of event 1, by their number.
_MEDIA_TYPES = {1: "image/jpeg", 2: "image/png"}
_IMAGE_TYPES = {media_type: number for number, media_type in _MEDIA_TYPES.items()}

_WORD = struct.Struct(">I")


@dataclass(frozen=True, kw_only=True)
class LegacyPreview:
    """A picture of the job that runs; the frame does not say which that is (event 1)."""

    image: bytes
    #: `image/jpeg` or `image/png`.
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A picture of a job, with the job's and the node's names (event 4)."""

    image: bytes
    #: A JSON object with `image_type` (a media type), and usually `prompt_id`, `node_id`,
    #: `display_node_id`, `parent_node_id` and `real_node_id`.
    metadata: Mapping[str, Any]

    @property
    def media_type(self) -> str:
        return str(self.metadata["image_type"])


@dataclass(frozen=True, kw_only=True)
class Text:
    """What a node reports in words (event 3)."""

    node_id: str
    text: str


Frame = LegacyPreview | Preview | Text


def build(frame: Frame) -> bytes:
    """Return the bytes that travel.

    Raises:
        ValueError: the frame cannot be written: its image is empty, its media type is not one that event 1
            has a number for, its metadata is no JSON or lacks `image_type`, or its text is no Unicode.
    """
    if isinstance(frame, Text):
        node_id = frame.node_id.encode()
        return _WORD.pack(TEXT) + _WORD.pack(len(node_id)) + node_id + frame.text.encode()
    if not frame.image:
        raise ValueError("a preview needs an image")
    if isinstance(frame, LegacyPreview):
        if frame.media_type not in _IMAGE_TYPES:
            raise ValueError(f"event 1 carries {' or '.join(_IMAGE_TYPES)}, not {frame.media_type}")
        return _WORD.pack(LEGACY_PREVIEW) + _WORD.pack(_IMAGE_TYPES[frame.media_type]) + frame.image
    if not _is_media_type(frame.metadata.get("image_type")):
        raise ValueError("a preview's metadata needs an image_type such as image/jpeg")
    metadata = json.dumps(dict(frame.metadata), allow_nan=False).encode()
    return _WORD.pack(PREVIEW) + _WORD.pack(len(metadata)) + metadata + frame.image


def parse(data: bytes) -> Frame | None:
    """Return what the frame says; None for an event that is not known here.

    Raises:
        FrameInvalid: the frame is truncated, or its parts are not what its event promises.
    """
    event = _word(data, 0)
    if event == LEGACY_PREVIEW:
        number = _word(data, 4)
        if number not in _MEDIA_TYPES:
            raise FrameInvalid(f"A preview frame has the unknown image type {number}.")
        return LegacyPreview(image=_image(data, 8), media_type=_MEDIA_TYPES[number])
    if event == TEXT:
        end = _end_of_part(data, "node id")
        try:
            return Text(node_id=data[8:end].decode(), text=data[end:].decode())
        except UnicodeDecodeError as error:
            raise FrameInvalid("A text frame is not UTF-8.") from error
    if event == PREVIEW:
        end = _end_of_part(data, "metadata")
        return Preview(image=_image(data, end), metadata=_metadata(data[8:end]))
    return None


def _word(data: bytes, offset: int) -> int:
    if len(data) < offset + 4:
        raise FrameInvalid(f"A binary frame of {len(data)} bytes is cut off in its header.")
    number: int = _WORD.unpack_from(data, offset)[0]
    return number


def _end_of_part(data: bytes, name: str) -> int:
    length = _word(data, 4)
    if len(data) < 8 + length:
        raise FrameInvalid(f"A binary frame of {len(data)} bytes is cut off in its {name} of {length}.")
    return 8 + length


def _image(data: bytes, offset: int) -> bytes:
    if len(data) <= offset:
        raise FrameInvalid("A preview frame has no image.")
    return data[offset:]


def _metadata(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data.decode())
    # Numbers of thousands of digits are a ValueError, brackets nested by the thousand a RecursionError.
    except (ValueError, RecursionError) as error:
        raise FrameInvalid("The metadata of a preview frame is not JSON.") from error
    if not isinstance(document, dict) or not _is_media_type(document.get("image_type")):
        raise FrameInvalid("The metadata of a preview frame is no object with an image_type.")
    return document


def _is_media_type(value: object) -> bool:
    return isinstance(value, str) and value.startswith("image/")
