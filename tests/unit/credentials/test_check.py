"""Every way in which a copy drifts is named, with the reason and the fix, and mended; no secret is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import bcrypt
import pytest

from atelier.credentials.check import check
from atelier.credentials.copies import TokenCopy, read_copies, write_copies
from atelier.credentials.drift import Reason
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from atelier.credentials.sync import Done, sync
from tests.secrets import assert_no_secret
from tests.unit.credentials.conftest import Vault

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")


def env_line(vault: Vault, variable: str, line: str) -> None:
    """Put a line in the place of a variable's."""
    lines = vault.env.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line if each.startswith(f"{variable}=") else each for each in lines)
    vault.env.write_bytes(text.encode("utf-8", "surrogateescape"))


def token_is(vault: Vault, content: bytes) -> None:
    vault.engine_token.write_bytes(content)


def password_is(vault: Vault, content: bytes) -> None:
    vault.password.write_bytes(content)


def hash_of(password: str) -> bytes:
    # As ComfyUI-Login makes one, but cheaper.
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))


ENV = "notebooks/.env"
TOKEN = "ATELIER_TOKEN"
#: What somebody does to a copy; where the check sees it; all that it says of it.
DRIFTS: dict[str, tuple[Callable[[Vault], object], str, list[str]]] = {
    "the env file was removed": (lambda v: v.env.unlink(), ENV, ["missing"]),
    "a folder was removed": (lambda v: shutil.rmtree(v.password.parent), "login/PASSWORD", ["missing"]),
    "a variable was removed": (lambda v: env_line(v, TOKEN, ""), f"{ENV} {TOKEN}", ["missing"]),
    "a variable is empty": (lambda v: env_line(v, TOKEN, f"{TOKEN}=\n"), f"{ENV} {TOKEN}", ["empty"]),
    "a token was edited": (
        lambda v: env_line(v, TOKEN, f"{TOKEN}={new_gateway_token()}\n"),
        f"{ENV} {TOKEN}",
        ["edited"],
    ),
    "a token was cut off": (
        lambda v: env_line(v, "HF_TOKEN", f"HF_TOKEN={v.value('huggingface-token')[:-3]}\n"),
        f"{ENV} HF_TOKEN",
        ["edited"],
    ),
    "a token has a foreign form": (
        lambda v: env_line(v, TOKEN, f"{TOKEN}=sk-or-something-else\n"),
        f"{ENV} {TOKEN}",
        ["wrong format"],
    ),
    "two variables were mixed up": (
        lambda v: env_line(v, TOKEN, f"{TOKEN}={v.value('huggingface-token')}\n"),
        f"{ENV} {TOKEN}",
        ["another secret"],
    ),
    "a value that is no secret was edited": (
        lambda v: env_line(v, "ATELIER_SERVER", "ATELIER_SERVER=http://old.example\n"),
        f"{ENV} ATELIER_SERVER",
        ["edited"],
    ),
    "a variable stands there twice": (
        lambda v: v.env.write_text(f"{v.env.read_text()}{TOKEN}={v.value('student-token')}\n"),
        f"{ENV} {TOKEN}",
        ["twice"],
    ),
    "a line ends as on Windows": (
        lambda v: env_line(v, TOKEN, f"{TOKEN}={v.value('student-token')}\r\n"),
        f"{ENV} {TOKEN}",
        ["CRLF"],
    ),
    "a space follows": (
        lambda v: env_line(v, TOKEN, f"{TOKEN}={v.value('student-token')} \n"),
        f"{ENV} {TOKEN}",
        ["spaces"],
    ),
    "spaces stand around the equals sign": (
        lambda v: v.env.write_text(v.env.read_text().replace(f"{TOKEN}=", f"{TOKEN} = ")),
        f"{ENV} {TOKEN}",
        ["spaces"],
    ),
    "a token was quoted": (
        lambda v: env_line(v, TOKEN, f'{TOKEN}="{v.value("student-token")}"\n'),
        f"{ENV} {TOKEN}",
        ["quoted"],
    ),
    "a hash lost its quotes": (
        lambda v: env_line(v, "COMFYUI_TOKEN", f"COMFYUI_TOKEN={v.value('comfyui-token')}\n"),
        f"{ENV} COMFYUI_TOKEN",
        ["unquoted"],
    ),
    "a hash got double quotes": (
        lambda v: env_line(v, "COMFYUI_TOKEN", f'COMFYUI_TOKEN="{v.value("comfyui-token")}"\n'),
        f"{ENV} COMFYUI_TOKEN",
        ["quoted"],
    ),
    "an editor wrote a byte order mark": (
        lambda v: v.env.write_bytes(b"\xef\xbb\xbf" + v.env.read_bytes()),
        ENV,
        ["BOM"],
    ),
    "PowerShell wrote UTF-16": (
        lambda v: v.env.write_text(v.env.read_text(), encoding="utf-16"),
        ENV,
        ["BOM"],
    ),
    "echo wrote a line break": (
        lambda v: token_is(v, v.value("comfyui-token").encode() + b"\n"),
        "engine.token",
        ["trailing newline"],
    ),
    "a token file ends as on Windows": (
        lambda v: token_is(v, v.value("comfyui-token").encode() + b"\r\n"),
        "engine.token",
        ["CRLF"],
    ),
    "a token file has a byte order mark": (
        lambda v: token_is(v, b"\xef\xbb\xbf" + v.value("comfyui-token").encode()),
        "engine.token",
        ["BOM"],
    ),
    "a token file is quoted": (
        lambda v: token_is(v, b'"' + v.value("comfyui-token").encode() + b'"'),
        "engine.token",
        ["quoted"],
    ),
    "a token file begins with Bearer": (
        lambda v: token_is(v, b"Bearer " + v.value("comfyui-token").encode()),
        "engine.token",
        ["wrong format"],
    ),
    "a token file is empty": (lambda v: token_is(v, b""), "engine.token", ["empty"]),
    "a token file is no text": (lambda v: token_is(v, b"\xff\x00\xfe"), "engine.token", ["wrong format"]),
    "a token file holds the password": (
        lambda v: token_is(v, v.value("comfyui-password").encode()),
        "engine.token",
        ["wrong format"],
    ),
    "a token file holds the password, with a line break": (
        lambda v: token_is(v, v.value("comfyui-password").encode() + b"\n"),
        "engine.token",
        ["trailing newline", "wrong format"],
    ),
    "PASSWORD holds the password": (
        lambda v: password_is(v, v.value("comfyui-password").encode() + b"\natelier"),
        "login/PASSWORD line 1",
        ["wrong format"],
    ),
    "PASSWORD holds another password": (
        lambda v: password_is(v, b"a password of old\natelier"),
        "login/PASSWORD line 1",
        ["wrong format"],
    ),
    "PASSWORD was set anew on the page, to the same password": (
        lambda v: password_is(v, hash_of(v.value("comfyui-password")) + b"\natelier"),
        "login/PASSWORD line 1",
        ["another hash"],
    ),
    "PASSWORD was set anew on the page, to another": (
        lambda v: password_is(v, hash_of("something else") + b"\natelier"),
        "login/PASSWORD line 1",
        ["edited"],
    ),
    "PASSWORD has a hash that would take years to try": (
        lambda v: password_is(v, hash_of("x").replace(b"$04$", b"$31$") + b"\natelier"),
        "login/PASSWORD line 1",
        ["edited"],
    ),
    "PASSWORD ends its lines as on Windows": (
        lambda v: password_is(v, v.value("comfyui-token").encode() + b"\r\natelier\r\n"),
        "login/PASSWORD line 1",
        ["CRLF"],
    ),
    "PASSWORD has no user name": (
        lambda v: password_is(v, v.value("comfyui-token").encode() + b"\n"),
        "login/PASSWORD line 2 (user name)",
        ["missing"],
    ),
    "a writer was killed": (
        lambda v: (v.base / "login/.PASSWORD.0123456789ab.atelier-tmp").write_bytes(b"half"),
        "login/PASSWORD",
        ["unfinished file"],
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_drift_is_named_and_mended_and_shows_no_secret(vault: Vault, drift: str) -> None:
    break_it, place, reasons = DRIFTS[drift]
    break_it(vault)
    assert vault.reasons() == {place: reasons}
    for each in vault.drifts():
        assert "atelier credentials sync" in each.fix
        assert each.told.endswith(".")
    assert_no_secret(vault.secrets(), *(f"{each}{each!r}" for each in vault.drifts()))
    assert_no_secret(vault.secrets(), *(f"{each!r}" for each in sync(vault.store)))
    assert vault.drifts() == ()
    text = vault.env.read_text(encoding="utf-8")
    if drift != "the env file was removed":
        assert text.startswith("# mine\nPATH_TO=/somewhere\n")
    assert [each.done for each in sync(vault.store)] == [Done.UNCHANGED] * 3


@pytest.mark.parametrize("name", ["student-token", "huggingface-token", "comfyui-password"])
def test_a_copy_that_was_left_behind_is_stale(vault: Vault, name: str) -> None:
    before = vault.secrets()
    value = new_gateway_token() if name == "student-token" else "another value"
    vault.store.put(name, value)
    found = vault.drifts()
    assert found
    assert {each.reason for each in found} == {Reason.STALE}
    expected = "comfyui-token" if name == "comfyui-password" else name
    assert {each.secret for each in found} == {expected}
    assert "UTC" in found[0].told
    assert_no_secret([*before.values(), *vault.secrets().values()], *(str(each) for each in found))
    assert vault.mended()


def test_what_comfyui_login_leaves_behind_is_no_drift(vault: Vault) -> None:
    vault.password.write_bytes(vault.value("comfyui-token").encode() + b"\natelier\n")
    assert vault.drifts() == ()


def test_a_value_that_came_back_is_not_stale(vault: Vault) -> None:
    first = vault.value("huggingface-token")
    vault.store.put("huggingface-token", "another value")
    vault.store.put("huggingface-token", first)
    assert vault.drifts() == ()


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_copy_that_others_can_read_is_named_and_closed(vault: Vault, mode: int) -> None:
    vault.env.chmod(mode)
    assert vault.reasons() == {ENV: ["readable by others"]}
    assert f"{mode:o}" in vault.drifts()[0].told
    assert vault.mended()
    assert vault.env.stat().st_mode & 0o777 == 0o600


@posix
def test_a_symbolic_link_is_replaced_and_not_followed(vault: Vault) -> None:
    target = vault.base / "elsewhere.env"
    vault.env.rename(target)
    vault.env.symlink_to(target)
    before = target.read_bytes()
    vault.store.put("student-token", new_gateway_token())
    assert vault.reasons() == {ENV: ["symlink"]}
    assert str(target) in vault.drifts()[0].told
    assert vault.mended()
    assert not vault.env.is_symlink()
    assert target.read_bytes() == before
    assert vault.env.read_text().startswith("# mine\n")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_copy_of_somebody_else_s_is_named_and_left(vault: Vault) -> None:
    os.chown(vault.env, 12345, -1)
    assert vault.reasons() == {ENV: ["owner"]}
    assert "chown" in vault.drifts()[0].fix
    assert [each.done for each in sync(vault.store)] == [Done.FAILED, Done.UNCHANGED, Done.UNCHANGED]


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_folders_of_somebody_else_s_are_told_and_do_not_stop_the_rest() -> None:
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        for folder, mode in (("mine", 0o700), ("closed", 0o700), ("readonly", 0o755)):
            (base / folder).mkdir(mode=mode)
        os.chown(base / "mine", 12345, -1)
        os.seteuid(12345)
        try:
            store = Store.create(base / "mine/.secrets")
            store.put("a", "a value")
            files = ("../closed/a.token", "../closed/deeper/a.token", "../readonly/a.token", "a.token")
            write_copies(store, [TokenCopy(file=file, secret="a") for file in files])
            changes = sync(store)
            drifts = check(store).drifts
        finally:
            os.seteuid(0)
    assert [each.done for each in changes] == [Done.FAILED, Done.FAILED, Done.FAILED, Done.WRITTEN]
    assert {each.file: each.reason.value for each in drifts} == {
        files[0]: "unreadable",
        files[1]: "unreadable",
        files[2]: "missing",
    }
    assert "Permission denied" in drifts[0].told
    assert "cannot write into" in str(changes[2].failure)


def test_a_folder_in_the_place_of_a_copy_does_not_keep_the_others_from_being_written(vault: Vault) -> None:
    vault.env.unlink()
    vault.env.mkdir()
    vault.password.unlink()
    assert vault.reasons() == {ENV: ["not a file"], "login/PASSWORD": ["missing"]}
    assert [each.done for each in sync(vault.store)] == [Done.FAILED, Done.UNCHANGED, Done.WRITTEN]


def test_a_huge_file_in_the_place_of_a_copy_is_not_read(vault: Vault) -> None:
    with vault.engine_token.open("wb") as file:
        file.truncate(2**33)
    assert vault.reasons() == {"engine.token": ["unreadable"]}


def test_a_copy_of_a_secret_that_is_not_there_is_named(vault: Vault) -> None:
    write_copies(vault.store, [TokenCopy(file="x.token", secret="nobody")])
    assert vault.reasons()["x.token"] == ["no such secret", "missing"]
    (change,) = sync(vault.store)
    assert change.done is Done.FAILED
    assert change.failure is not None
    assert "atelier credentials set nobody" in change.failure


def test_a_wrong_path_makes_no_tree_of_folders(vault: Vault) -> None:
    write_copies(vault.store, [TokenCopy(file="no/such/x.token", secret="comfyui-token")])
    (change,) = sync(vault.store)
    assert change.done is Done.FAILED
    assert not (vault.base / "no").exists()


def test_a_rotation_that_was_cut_off_is_named_until_it_is_done(vault: Vault) -> None:
    vault.store.note_rotation("student-token", 4e9)
    (found,) = vault.drifts()
    assert found.reason is Reason.HALF_ROTATED
    assert "atelier credentials rotate student-token" in found.fix
    vault.store.put("student-token", new_gateway_token())
    assert vault.mended()


@posix
def test_a_container_of_another_user_gets_a_copy_that_nobody_else_reaches(vault: Vault) -> None:
    copy = TokenCopy(file=".secrets/containers/gateway/token", secret="comfyui-token", mode="644")
    write_copies(vault.store, [copy])
    assert vault.mended()
    file = vault.base / copy.file
    assert file.stat().st_mode & 0o777 == 0o644
    assert file.parent.stat().st_mode & 0o777 == 0o755
    file.chmod(0o600)
    assert vault.reasons() == {copy.file: ["permissions"]}
    assert vault.mended()
    vault.base.chmod(0o755)
    open_copy = TokenCopy(file="open.token", secret="comfyui-token", mode="644")
    write_copies(vault.store, [open_copy])
    (change,) = sync(vault.store)
    assert change.done is Done.FAILED
    assert not (vault.base / "open.token").exists()
    vault.base.chmod(0o700)
    assert vault.mended()
    vault.base.chmod(0o755)
    assert vault.reasons() == {"open.token": ["readable by others"]}


class Repository:
    """A git repository around a vault."""

    def __init__(self, vault: Vault) -> None:
        self._folder = vault.base
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments],
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=30,
        )


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_what_git_has_or_would_take_is_named(vault: Vault) -> None:
    repository = Repository(vault)
    copies = {ENV, "engine.token", "login/PASSWORD"}
    assert vault.reasons() == {each: ["not ignored by git"] for each in copies}
    ignore = vault.base / ".gitignore"
    ignore.write_text(".env\nengine.token\nPASSWORD\n")
    assert vault.drifts() == ()

    repository.git("add", "--force", ENV, ".secrets/store.json")
    store_file = str(vault.store.folder / "store.json")
    assert vault.reasons() == {store_file: ["in git"], ENV: ["in git"]}
    assert "git rm --cached" in vault.drifts()[0].fix
    vault.env.unlink()
    assert sync(vault.store)[0].done is Done.FAILED, "no secret is written into a file that git has"
    assert not vault.env.exists()

    repository.git("rm", "--quiet", "--cached", ENV, ".secrets/store.json")
    assert vault.mended()
    (vault.store.folder / ".gitignore").unlink()
    assert vault.reasons() == {store_file: ["not ignored by git"]}


@posix
@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_where_git_cannot_be_asked_the_report_says_so(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    (vault.base / ".git").mkdir()
    monkeypatch.setenv("PATH", str(vault.base))
    report = check(vault.store)
    assert report.drifts == ()
    assert len(report.unchecked) == 4
    assert all("git cannot be asked" in each for each in report.unchecked)


def test_without_bcrypt_the_report_says_what_is_open(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.password.write_bytes(hash_of("something else") + b"\natelier")
    monkeypatch.setitem(sys.modules, "bcrypt", None)
    (found,) = vault.drifts()
    assert found.reason is Reason.EDITED
    assert "pip install 'comfy-atelier[deploy]'" in found.told


def test_a_check_changes_nothing(vault: Vault) -> None:
    def state() -> dict[Path, tuple[int, bytes]]:
        files = [each for each in vault.base.rglob("*") if each.is_file() and each.name != "lock"]
        return {each: (each.stat().st_mtime_ns, each.read_bytes()) for each in files}

    vault.env.write_text("ATELIER_TOKEN=x\n")
    before = state()
    assert vault.drifts()
    sync(vault.store, write=False)
    assert state() == before


def test_nothing_is_compared_where_nothing_is_named(tmp_path: Path) -> None:
    store = Store.create(tmp_path / ".secrets")
    store.put("a", "a value", kind=Kind.KEY)
    assert read_copies(store) == ()
    assert check(store).copies == 0
    assert sync(store) == ()
