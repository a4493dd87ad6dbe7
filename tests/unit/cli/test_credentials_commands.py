"""`atelier credentials` as it is typed: what it says, how it ends, and that it shows no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atelier.cli.app import build_app
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from tests.secrets import assert_no_secret

APP = build_app()

COPIES = """
[[copies]]
file = ".env"
format = "env"
secrets = { HF_TOKEN = "huggingface-token" }
values = { ATELIER_SERVER = "https://atelier.example" }

[[copies]]
file = "hub.token"
format = "token"
secret = "huggingface-token"
restart = "the notebooks"
"""

VALUE = "hf_0123456789abcdefghijklmnopqrstuv"


class Desk:
    """A folder in which an administrator works."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def run(self, *arguments: str, input: str | bytes | None = None) -> Result:
        store = ("--store", str(self.folder / ".secrets"))
        answer = CliRunner().invoke(APP, ["credentials", *arguments, *store], input=input)
        self.said.append(answer.output)
        return answer

    def told(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what a command tells programs."""
        return [json.loads(line) for line in self.run(*arguments, "--json").stdout.splitlines()]

    def value(self, name: str) -> str:
        return Store.open(self.folder / ".secrets").get(name).get_secret_value()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    assert desk.run("init").exit_code == 0
    (tmp_path / ".secrets/copies.toml").write_text(COPIES)
    assert desk.run("set", "huggingface-token", input=f"{VALUE}\n").exit_code == 0
    return desk


def test_a_secret_is_set_listed_copied_and_found_again_where_it_drifted(desk: Desk) -> None:
    assert desk.value("huggingface-token") == VALUE
    assert (desk.folder / "hub.token").read_text() == VALUE
    listed = desk.run("list")
    assert "huggingface-token" in listed.stdout
    assert ".env, hub.token" in listed.stdout
    assert desk.run("check").stdout == "The store and its 2 copies are in step.\n"

    (desk.folder / "hub.token").write_text(f"{VALUE}\n")
    found = desk.run("check")
    assert found.exit_code == 12
    assert found.stdout.startswith("hub.token: trailing newline: ")
    assert "atelier credentials sync" in found.stdout
    assert found.stderr == "atelier: Not as they should be: hub.token.\n"
    (drifts, error) = desk.told("check")
    assert [each["reason"] for each in drifts["drifts"]] == ["trailing newline"]
    assert error["kind"] == "CopiesDrifted"

    assert "hub.token: would be written (trailing newline)" in desk.run("sync", "--dry-run").stdout
    assert desk.run("check").exit_code == 12
    mended = desk.run("sync").stdout.splitlines()
    assert mended == [
        ".env: in step",
        "hub.token: written (trailing newline)",
        "Restart what reads them only when it starts: the notebooks.",
    ]
    assert desk.run("check").exit_code == 0
    assert_no_secret([VALUE], *desk.said)


def test_a_second_store_is_not_made_over_the_first(desk: Desk) -> None:
    assert desk.run("init").exit_code == 12
    assert desk.value("huggingface-token") == VALUE


def test_what_cannot_be_mended_ends_the_command_with_a_failure(desk: Desk) -> None:
    (desk.folder / ".env").unlink()
    (desk.folder / ".env").mkdir()
    answer = desk.run("sync")
    assert answer.exit_code == 12
    assert ".env: NOT written (not a file): " in answer.stdout
    assert "1 of 2 copies is not what the store says: .env." in answer.stderr


INPUTS = {
    "nothing": (b"", "is empty"),
    "two lines": (b"first-line-of-two\nsecond-line-of-two\n", "line break"),
    "a byte order mark": (b"\xef\xbb\xbfhf_typed-in-notepad\n", "byte order mark"),
    "UTF-16": ("\ufeffhf_from-powershell\n".encode("utf-16-le"), "UTF-16"),
    "quotation marks": (b'"hf_in-quotation-marks"\n', "quotation marks"),
    "a gateway's token": (new_gateway_token().encode(), "--kind"),
}


@pytest.mark.parametrize("what", INPUTS)
def test_input_that_cannot_be_meant_changes_nothing_and_is_not_repeated(desk: Desk, what: str) -> None:
    content, told = INPUTS[what]
    answer = desk.run("set", "new-key", input=content)
    assert answer.exit_code in (2, 12)
    assert told in answer.stderr
    text = content.decode("utf-16-le" if what == "UTF-16" else "utf-8").strip('\ufeff"\n')
    if text:
        assert_no_secret(text.split(), *desk.said)
    assert Store.open(desk.folder / ".secrets").names() == ("huggingface-token",)


def test_windows_line_ends_are_no_part_of_a_value(desk: Desk) -> None:
    assert desk.run("set", "new-key", input=b"typed-on-windows\r\n").exit_code == 0
    assert desk.value("new-key") == "typed-on-windows"


def test_passwords_are_made_and_rotated_here_and_keys_are_not(desk: Desk) -> None:
    assert desk.run("set", "grafana-password", "--kind", "password", "--make").exit_code == 0
    first = desk.value("grafana-password")
    assert desk.run("rotate", "grafana-password").exit_code == 0
    assert desk.value("grafana-password") != first
    refused = desk.run("rotate", "huggingface-token")
    assert refused.exit_code == 12
    assert "atelier credentials set huggingface-token" in refused.stderr
    assert desk.run("set", "another-key", "--make").exit_code == 12
    assert desk.run("rotate", "nobody").exit_code == 12
    assert_no_secret([VALUE, first, desk.value("grafana-password")], *desk.said)


def test_a_password_is_not_rotated_where_a_copy_of_its_hash_could_not_follow(desk: Desk) -> None:
    Store.open(desk.folder / ".secrets").put("gpu-password", "a password of old", kind=Kind.LOGIN)
    hash_file = (
        '[[copies]]\nfile = "no/such/folder/PASSWORD"\nformat = "comfyui-login"\nsecret = "gpu-token"\n'
    )
    (desk.folder / ".secrets/copies.toml").write_text(hash_file)
    answer = desk.run("rotate", "gpu-password")
    assert answer.exit_code == 12
    assert "gpu-password is not rotated, for no/such/folder/PASSWORD could not follow" in answer.stderr
    assert desk.value("gpu-password") == "a password of old"


def test_a_gateway_s_token_is_rotated_at_the_gateway_that_is_named(desk: Desk) -> None:
    store = Store.open(desk.folder / ".secrets")
    store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    answer = desk.run("rotate", "admin-token")
    assert answer.exit_code == 2
    assert "--server" in answer.stderr


def test_no_command_takes_a_secret_among_its_arguments(desk: Desk) -> None:
    answer = desk.run("set", "new-key", "hf_among-the-arguments")
    assert answer.exit_code == 2
    assert Store.open(desk.folder / ".secrets").names() == ("huggingface-token",)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a terminal as Linux has them")
def test_what_is_typed_at_a_terminal_is_not_shown(desk: Desk) -> None:
    master, slave = os.openpty()
    # The first terminal that the leader of a session opens becomes its own.
    take_terminal = 'exec <"$0" && exec "$@"'
    atelier = (sys.executable, "-m", "atelier", "credentials", "set", "typed-key")
    with subprocess.Popen(
        ["sh", "-c", take_terminal, os.ttyname(slave), *atelier, "--store", str(desk.folder / ".secrets")],
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as process:
        os.close(slave)
        shown = b""
        deadline = time.monotonic() + 60
        for question in (b"typed-key: ", b"confirmation: "):
            while not shown.endswith(question):
                assert time.monotonic() < deadline
                shown += os.read(master, 1024)
            os.write(master, b"hf_typed-unseen\n")
        while b"is kept" not in shown:
            assert time.monotonic() < deadline
            shown += os.read(master, 1024)
        process.wait(timeout=60)
    os.close(master)
    assert process.returncode == 0
    assert desk.value("typed-key") == "hf_typed-unseen"
    assert_no_secret(["hf_typed-unseen"], shown)
