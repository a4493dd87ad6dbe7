"""Env files: entries are changed, and not a byte of anybody else's lines."""

from __future__ import annotations

import io
import os
import shutil
import subprocess

import pytest
from dotenv import dotenv_values
from hypothesis import assume, example, given
from hypothesis import strategies as st

from atelier.credentials.env_file import pieces, with_entry, written
from atelier.errors import CredentialsError

NAMES = st.sampled_from(["ATELIER_TOKEN", "A", "_b", "HF_TOKEN", "ATELIER_TOKEN_2"])
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cc", "Cs"]))
#: Lines as people and programs write them.
LINES = st.one_of(
    st.just(""),
    PRINTABLE.map(lambda text: f"# {text}"),
    st.builds("{}={}".format, NAMES, st.from_regex(r"[A-Za-z0-9_./:-]*", fullmatch=True)),
    st.builds("export {}={}".format, NAMES, st.from_regex(r"[a-z]*", fullmatch=True)),
    st.builds("{}='{}'".format, NAMES, st.from_regex(r"[A-Za-z0-9 $#\n-]*", fullmatch=True)),
    st.builds('{}="{}"'.format, NAMES, st.from_regex(r"[A-Za-z0-9 #\n-]*", fullmatch=True)),
)
FILES = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else ""),
    st.lists(LINES, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


def can_be_written(value: str) -> bool:
    try:
        written(value)
    except CredentialsError:
        return False
    return True


VALUES = st.one_of(
    PRINTABLE,
    st.from_regex(r"\$2b\$12\$[./A-Za-z0-9]{53}", fullmatch=True),
    st.sampled_from(["", "a b", "#"]),
).filter(can_be_written)


@given(st.text())
def test_the_pieces_are_the_file(text: str) -> None:
    assert "".join(each.text for each in pieces(text)) == text


@given(st.one_of(FILES, st.text()), NAMES, VALUES)
@example("A='open\nATELIER_TOKEN=x\n", "ATELIER_TOKEN", "y")
@example("A='two\nATELIER_TOKEN=x\nlines'\n", "ATELIER_TOKEN", "y")
@example("ATELIER_TOKEN=1\r\nB=2\r\nATELIER_TOKEN=3", "ATELIER_TOKEN", "y")
def test_a_change_leaves_every_other_line_as_it_was(text: str, name: str, value: str) -> None:
    changed = with_entry(text, name, value)
    others = [each.text for each in pieces(text) if each.name != name]
    kept = [each.text for each in pieces(changed) if each.name != name]
    if not any(each.name == name for each in pieces(text)) and others and not others[-1].endswith("\n"):
        others[-1] += "\n"
    assert kept == others
    (entry,) = [each for each in pieces(changed) if each.name == name]
    assert entry.raw == written(value)
    assert with_entry(changed, name, value) == changed


@given(FILES, NAMES, VALUES)
def test_what_is_written_is_what_dotenv_reads(text: str, name: str, value: str) -> None:
    assume("$" not in text)
    read = dotenv_values(stream=io.StringIO(with_entry(text, name, value)), interpolate=True)
    assert read[name] == value


@pytest.mark.skipif(os.name != "posix" or not shutil.which("sh"), reason="there is no shell")
def test_what_is_written_is_what_a_shell_reads() -> None:
    values = [
        "$2b$12$abc./def",
        "a b",
        "~root",
        "a#b",
        "# c",
        'say "x"',
        "a\\nb",
        "`id`",
        "$(id)",
        "*",
        "é;&|",
    ]
    text = ""
    for number, value in enumerate(values):
        text = with_entry(text, f"V{number}", value)
    script = text + "".join(f"printf '%s\\0' \"$V{number}\"\n" for number in range(len(values)))
    answer = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=True, timeout=20)
    assert answer.stdout.decode().split("\0")[:-1] == values


@pytest.mark.parametrize("value", ["it's", "a\\\\b", "ends\\", "two\nlines"])
def test_what_readers_dispute_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        written(value)
    assert value not in str(caught.value)
