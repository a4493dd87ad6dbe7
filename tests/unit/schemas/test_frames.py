"""Frames survive the round trip, and no bytes whatever raise anything but FrameInvalid."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atelier.errors import FrameInvalid
from atelier.schemas import frames
from atelier.schemas.frames import Frame, LegacyPreview, Preview, Text

words = st.text(st.characters(exclude_categories=["Cs"]))
images = st.binary(min_size=1)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
metadata = st.builds(
    lambda rest, media_type: {**rest, "image_type": media_type},
    st.dictionaries(words, json_values, max_size=4),
    st.sampled_from(["image/jpeg", "image/png", "image/webp"]),
)
any_frame: st.SearchStrategy[Frame] = st.one_of(
    st.builds(LegacyPreview, image=images, media_type=st.sampled_from(["image/jpeg", "image/png"])),
    st.builds(Preview, image=images, metadata=metadata),
    st.builds(Text, node_id=words, text=words),
)


@given(any_frame)
def test_what_was_built_is_parsed_back(frame: Frame) -> None:
    assert frames.parse(frames.build(frame)) == frame


@given(st.one_of(st.binary(), st.binary().map(lambda rest: b"\0\0\0\1" + rest)))
@example(b"")
@example(struct.pack(">II", 4, 60_000) + b"[" * 60_000)
@example(struct.pack(">II", 4, 5_000) + b"1" * 5_000 + b"x")
def test_any_bytes_parse_or_are_unknown_or_are_invalid(data: bytes) -> None:
    try:
        frame = frames.parse(data)
    except FrameInvalid:
        return
    assert frame is None or isinstance(frame, Frame)


@given(st.sampled_from([1, 3, 4]), st.integers(0, 40), st.binary(max_size=60))
def test_any_body_of_a_known_event_parses_or_is_invalid(event: int, length: int, body: bytes) -> None:
    try:
        frame = frames.parse(struct.pack(">II", event, length) + body)
    except FrameInvalid:
        return
    assert isinstance(frame, Frame)


@given(st.builds(Preview, image=st.just(b"x"), metadata=metadata), st.data())
def test_a_preview_cut_off_anywhere_is_invalid(frame: Preview, data: st.DataObject) -> None:
    whole = frames.build(frame)
    with pytest.raises(FrameInvalid):
        frames.parse(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.integers(0, 2**32 - 1).filter(lambda event: event not in (1, 3, 4)), st.binary())
def test_a_foreign_event_is_none(event: int, rest: bytes) -> None:
    assert frames.parse(struct.pack(">I", event) + rest) is None


def test_the_layouts_are_those_of_the_protocol() -> None:
    assert frames.build(LegacyPreview(image=b"J", media_type="image/jpeg")) == b"\0\0\0\1\0\0\0\1J"
    assert frames.build(LegacyPreview(image=b"P", media_type="image/png")) == b"\0\0\0\1\0\0\0\2P"
    assert frames.build(Text(node_id="7", text="half")) == b"\0\0\0\3\0\0\0\x017half"
    assert frames.build(Preview(image=b"P", metadata={"image_type": "image/png"})) == (
        b'\0\0\0\4\0\0\0\x1b{"image_type": "image/png"}P'
    )


def test_a_frame_that_cannot_be_parsed_back_is_not_built() -> None:
    for frame in (
        LegacyPreview(image=b"", media_type="image/png"),
        LegacyPreview(image=b"x", media_type="image/webp"),
        Preview(image=b"", metadata={"image_type": "image/png"}),
        Preview(image=b"x", metadata={"node_id": "1"}),
        Preview(image=b"x", metadata={"image_type": "image/png", "value": float("nan")}),
        Text(node_id="1", text="\ud800"),
    ):
        with pytest.raises(ValueError, match=r".") as caught:
            frames.build(frame)
        assert not isinstance(caught.value, FrameInvalid)
