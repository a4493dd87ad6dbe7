"""A name that a client gives is a name, and never a way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.errors import RequestInvalid
from atelier.gateway.file_names import annotated, place

#: Built from what ways out are built from.
PATHS = st.lists(st.sampled_from(["..", ".", "/", "\\", "a", "b.png", "\x00", " ", "%2e", "~", "é"])).map(
    "".join
) | st.text(max_size=40)


@given(PATHS)
def test_whatever_is_taken_has_no_part_that_leads_anywhere(path: str) -> None:
    try:
        subfolder, name = place(path)
    except RequestInvalid:
        return
    parts = [*subfolder.split("/"), name] if subfolder else [name]
    assert all(part not in ("", ".", "..") for part in parts)
    assert not any(each in part for part in parts for each in ("/", "\\", "\x00"))
    # What is taken is taken again as it stands.
    assert place("/".join(parts)) == (subfolder, name)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.png", ("", "a.png")),
        ("x/y/a.png", ("x/y", "a.png")),
        ("./x//a.png", ("x", "a.png")),
        ("...", ("", "...")),
    ],
)
def test_names_and_sub_folders(path: str, expected: tuple[str, str]) -> None:
    assert place(path) == expected


@pytest.mark.parametrize("path", ["", "/", ".", "..", "/a", "a/../b", "a\\b", "a\nb", "\ud800", "a" * 256])
def test_what_names_no_file(path: str) -> None:
    with pytest.raises(RequestInvalid):
        place(path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.png", ("a.png", "output")),
        ("a.png [input]", ("a.png", "input")),
        ("a [temp].png", ("a [temp].png", "output")),
        ("a.png [userdata]", ("a.png [userdata]", "output")),
        ("a.png[input]", ("a.png[input]", "output")),
    ],
)
def test_annotations(name: str, expected: tuple[str, str]) -> None:
    assert annotated(name, "output") == expected
