"""The store: its owner's alone, whole at every moment, and strict about what it keeps."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from atelier.credentials import private_file
from atelier.credentials.kind import Kind, is_bcrypt
from atelier.credentials.making import is_hash_of, new_gateway_token, new_password
from atelier.credentials.store import Store
from atelier.errors import CredentialsError, SecretUnknown, StoreInUse, StoreMissing, StoreUnsafe
from tests.secrets import assert_no_secret
from tests.unit.credentials.conftest import Vault

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / ".secrets")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_new_store_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = Store.create(tmp_path / "deployment/.secrets")
        store.put("a", "a value")
    finally:
        os.umask(before)
    assert mode(store.folder) == 0o700
    assert {each.name: mode(each) for each in store.folder.iterdir()} == dict.fromkeys(
        [".gitignore", "copies.toml", "lock", "store.json"], 0o600
    )
    assert (store.folder / ".gitignore").read_text() == "*\n"
    assert [each.name for each in store.folder.parent.iterdir()] == [".secrets"]


def test_a_store_is_not_made_over_anything(tmp_path: Path) -> None:
    folder = tmp_path / ".secrets"
    folder.mkdir()
    (folder / "precious").touch()
    with pytest.raises(CredentialsError, match="is there already"):
        Store.create(folder)
    assert [each.name for each in tmp_path.rglob("*")] == [".secrets", "precious"]


def test_an_empty_folder_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / ".secrets").mkdir(mode=0o755)
    assert Store.create(tmp_path / ".secrets").names() == ()


def test_without_a_store_the_way_to_one_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path / "nothing", tmp_path):
        tmp_path.chmod(0o700)
        with pytest.raises(StoreMissing, match="atelier credentials init"):
            Store.open(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_kept_replaced_and_never_shown(store: Store) -> None:
    assert store.put("provider-key", "sk-first-value")
    assert not store.put("provider-key", "sk-first-value")
    assert store.put("provider-key", "sk-second-value")
    assert store.get("provider-key").get_secret_value() == "sk-second-value"
    secrets = ["sk-first-value", "sk-second-value", store.contents().key.get_secret_value()]
    shown = [store.contents(), store.entry("provider-key"), store.get("provider-key"), store]
    assert_no_secret(secrets, *(f"{each} {each!r}" for each in shown))
    assert_no_secret(["sk-first-value"], store.folder)


def test_an_unknown_name_names_those_that_there_are(store: Store) -> None:
    store.put("provider-key", "a value")
    with pytest.raises(SecretUnknown, match="provider-key"):
        store.get("provider")


def test_a_secret_in_a_name_s_place_is_not_repeated(store: Store) -> None:
    with pytest.raises(CredentialsError) as caught:
        store.get("sk-Hunter2!")
    assert "Hunter2" not in str(caught.value)


REFUSED = {
    "nothing": (Kind.KEY, "", "is empty"),
    "a line break": (Kind.KEY, "one\ntwo", "line break"),
    "a carriage return": (Kind.KEY, "value-of-windows\r", "line break"),
    "a byte order mark": (Kind.KEY, "\ufeffvalue-with-mark", "byte order mark"),
    "a space": (Kind.KEY, " value-with-space", "space"),
    "quotation marks": (Kind.KEY, '"value-with-quotes"', "quotation marks"),
    "a whole book": (Kind.KEY, "x" * 5000, "characters"),
    "a password for a gateway's token": (Kind.GATEWAY, "hunter2-hunter2", "begin with atl_"),
    "a password for its hash": (Kind.LOGIN_HASH, "hunter2-hunter2", "not the password"),
    "a hash for its password": (Kind.LOGIN, "$2b$12$" + "a" * 53, "is a bcrypt hash"),
    "a password that bcrypt would cut off": (Kind.LOGIN, "ö" * 40, "72 bytes"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_value_that_cannot_be_right_is_refused_and_not_repeated(store: Store, what: str) -> None:
    kind, value, told = REFUSED[what]
    with pytest.raises(CredentialsError, match=told) as caught:
        store.put("comfyui-password", value, kind=kind, account="a" if kind is Kind.GATEWAY else None)
    assert not value or value not in str(caught.value)
    assert store.names() == ()


def test_a_gateway_s_token_needs_an_account(store: Store) -> None:
    with pytest.raises(CredentialsError, match="--account"):
        store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY)
    with pytest.raises(CredentialsError, match="--kind"):
        store.put("admin-token", new_gateway_token())
    store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    store.put("admin-token", new_gateway_token())
    assert store.entry("admin-token").account == "admin"


def test_a_comfyui_login_password_takes_its_token_along(vault: Vault) -> None:
    store = vault.store
    token = vault.value("comfyui-token")
    # As ComfyUI-Login's own `bcrypt.hashpw(password, bcrypt.gensalt())` writes it, and as it reads it.
    assert token.startswith("$2b$12$")
    assert is_bcrypt(token.encode())
    assert is_hash_of(vault.password.read_bytes().split(b"\n")[0], "correct horse battery")
    assert vault.password.read_bytes().split(b"\n")[1] == b"atelier"
    with pytest.raises(CredentialsError, match="is made from comfyui-password"):
        store.put("comfyui-token", "$2b$12$" + "a" * 53)
    assert not store.put("comfyui-password", "correct horse battery")
    assert vault.value("comfyui-token") == token
    assert store.put("comfyui-password", new_password())
    assert vault.value("comfyui-token") != token


def test_a_token_of_somebody_else_s_comfyui_login_stands_by_itself(store: Store) -> None:
    store.put("far-token", "$2b$12$" + "a" * 53, kind=Kind.LOGIN_HASH)
    with pytest.raises(CredentialsError, match="was set by itself"):
        store.put("far-password", "hunter2-hunter2", kind=Kind.LOGIN)
    with pytest.raises(CredentialsError, match="-password"):
        store.put("far", "hunter2-hunter2", kind=Kind.LOGIN)


@posix
@pytest.mark.parametrize("name", ["", "store.json"])
@pytest.mark.parametrize("bits", [0o040, 0o004, 0o020, 0o010])
def test_a_store_that_others_reach_is_refused(store: Store, name: str, bits: int) -> None:
    store.put("a", "a value")
    path = store.folder / name if name else store.folder
    path.chmod(mode(path) | bits)
    with pytest.raises(StoreUnsafe, match="chmod"):
        store.get("a")
    with pytest.raises(StoreUnsafe):
        store.put("a", "another value")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("name", [".", "store.json"])
def test_a_store_of_somebody_else_s_is_refused(store: Store, name: str) -> None:
    os.chown(store.folder / name, 12345, -1)
    with pytest.raises(StoreUnsafe, match="somebody else"):
        Store.open(store.folder)


@posix
@pytest.mark.parametrize("name", ["", "store.json"])
def test_a_store_behind_a_symbolic_link_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    path = store.folder / name if name else store.folder
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    with pytest.raises(StoreUnsafe, match="symbolic link"):
        Store.open(store.folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b'{"format": 2, "key": "sk-secret"}', b'{"key": "00", "extra": "sk-secret"}'],
)
def test_a_damaged_store_is_told_without_its_content(store: Store, content: bytes) -> None:
    private_file.write(store.folder / "store.json", content)
    with pytest.raises(CredentialsError, match="damaged") as caught:
        store.names()
    assert "sk-secret" not in str(caught.value)


def test_a_full_disk_leaves_what_was_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a", "the first value")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CredentialsError, match="No space left"):
        store.put("a", "the second value")
    monkeypatch.undo()
    assert store.get("a").get_secret_value() == "the first value"
    assert private_file.leftovers(store.folder, ["store.json"]) == ()


def test_a_second_writer_is_told_that_there_is_a_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atelier.credentials.store._PATIENCE", 0.05)
    with Store.open(store.folder).held(), pytest.raises(StoreInUse, match="Another program"):
        Store.open(store.folder).put("a", "a value")


WRITER = """
import sys
from pathlib import Path
from atelier.credentials.store import Store
store = Store.open(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    store.put(f"{sys.argv[2]}-{number % 10}", f"value-{number}-" + "x" * 3000)
    print(number, flush=True)
"""


def writer(store: Store, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(store.folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_writers_lose_nothing_of_each_other(store: Store) -> None:
    writers = [writer(store, name, 10) for name in ("one", "two")]
    for each in writers:
        each.communicate(timeout=60)
        assert each.returncode == 0
    assert set(store.names()) == {f"{name}-{number}" for name in ("one", "two") for number in range(10)}


def test_a_writer_that_is_killed_leaves_a_whole_store_with_all_that_was_acknowledged(store: Store) -> None:
    for round_ in range(3):
        process = writer(store, f"round{round_}", 100_000)
        assert process.stdout is not None
        acknowledged = -1
        for _ in range(5 + 7 * round_):
            acknowledged = int(process.stdout.readline())
        process.kill()
        rest, _ = process.communicate(timeout=30)
        acknowledged = max([acknowledged, *map(int, rest.split())])
        values = {name: store.get(name).get_secret_value() for name in store.names()}
        latest = int(values[f"round{round_}-{acknowledged % 10}"].split("-")[1])
        assert latest >= acknowledged
        store.put("after", f"value after {round_}")
        store.tidy()
        assert private_file.leftovers(store.folder, ["store.json"]) == ()
