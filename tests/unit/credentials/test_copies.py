"""The list of copies: read strictly, written so that it is read back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.credentials.copies import (
    Copy,
    EnvCopy,
    LoginCopy,
    TokenCopy,
    from_toml,
    read_copies,
    to_toml,
    write_copies,
)
from atelier.credentials.store import COPIES, Store
from atelier.errors import CopiesInvalid

ENTRY = '[[copies]]\nfile = "a"\nformat = "token"\nsecret = "a"\n'

FAULTY = {
    "no toml": ("[[copies", "no TOML"),
    "unknown table": ("[other]\n", "other: there is no such key"),
    "unknown key": (f"{ENTRY}mod = '600'\n", "copy 1: mod: there is no such key"),
    "no file": ('[[copies]]\nformat = "token"\nsecret = "a"\n', "copy 1: file"),
    "unknown format": ('[[copies]]\nfile = "a"\nformat = "netrc"\n', "'env', 'token', 'comfyui-login'"),
    "no format": ('[[copies]]\nfile = "a"\n', "copy 1"),
    "a mode that lets others write": (f'{ENTRY}mode = "666"\n', "copy 1: mode"),
    "a secret in a name's place": (
        ENTRY.replace('"a"\nformat', '"b"\nformat').replace('secret = "a"', 'secret = "Hunter2!"'),
        "secret",
    ),
    "an impossible variable": ('[[copies]]\nfile = "a"\nformat = "env"\nsecrets = { "A-B" = "a" }\n', "A-B"),
    "a line break in a value": ('[[copies]]\nfile = "a"\nformat = "env"\nvalues = { A = "1\\n2" }\n', "A"),
    "the same variable twice": (
        '[[copies]]\nfile = "a"\nformat = "env"\nvalues = { A = "1" }\nsecrets = { A = "a" }\n',
        "A stands in both",
    ),
    "nothing in it": ('[[copies]]\nfile = "a"\nformat = "env"\n', "neither secrets nor values"),
    "the same file twice": (ENTRY + ENTRY.replace('"a"\nformat', '"./a"\nformat'), "the same file"),
    "the store's own file": (ENTRY.replace('"a"\nformat', '".secrets/store.json"\nformat'), "store itself"),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_named_with_its_place(tmp_path: Path, fault: str) -> None:
    store = Store.create(tmp_path / ".secrets")
    text, told = FAULTY[fault]
    (store.folder / COPIES).write_text(text)
    with pytest.raises(CopiesInvalid) as caught:
        read_copies(store)
    assert told in str(caught.value)
    assert "Hunter2!" not in str(caught.value)


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8})?", fullmatch=True)
VARIABLES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
LINES = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=12)
COMMON = {
    "file": LINES.filter(lambda text: text not in ("", ".", "..") and "/" not in text),
    "mode": st.sampled_from(["600", "644"]),
    "restart": st.none() | LINES,
}
A_COPY = st.one_of(
    st.builds(TokenCopy, secret=NAMES, **COMMON),
    st.builds(LoginCopy, secret=NAMES, user=LINES.filter(bool), **COMMON),
    st.builds(
        EnvCopy,
        secrets=st.dictionaries(VARIABLES.map(lambda name: f"S{name}"), NAMES, min_size=1, max_size=3),
        values=st.dictionaries(VARIABLES.map(lambda name: f"V{name}"), LINES, max_size=3),
        **COMMON,
    ),
)


@given(st.lists(A_COPY, max_size=3))
def test_what_is_written_is_read_back(copies: list[Copy]) -> None:
    assert list(from_toml(to_toml(copies), "copies.toml")) == copies


def test_a_list_is_kept_beside_the_store(tmp_path: Path) -> None:
    store = Store.create(tmp_path / ".secrets")
    assert read_copies(store) == ()
    copies = (TokenCopy(file="a.token", secret="a"), EnvCopy(file=".env", secrets={"A": "a"}))
    write_copies(store, copies)
    assert read_copies(store) == copies
    with pytest.raises(CopiesInvalid, match="the same file"):
        write_copies(store, [copies[0], copies[0]])
    assert read_copies(store) == copies
