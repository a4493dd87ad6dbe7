"""The commands that administer a service: over the network, and on the database of one that is stopped."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from atelier.cli.app import build_app
from atelier.storage.sqlite import SqliteStorage
from atelier.storage.token import digest, well_formed

APP = build_app()

ROSTER = "Name;Class;Expiry\nZoë Müller;7b;31.07.2099\nÖzgür Aydın;7b;\n"


class Service:
    """A service that is stopped: a directory with a database and a configuration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.config = directory / "atelier.toml"
        self.config.write_text('directory = "data"\n', encoding="utf-8")
        (directory / "data").mkdir()
        self.database = directory / "data/atelier.sqlite3"
        asyncio.run(self._store())

    async def _store(self) -> None:
        await SqliteStorage(self.database).close()

    def run(self, *arguments: str, input: str | None = None) -> Result:
        """Run a command on the database."""
        return CliRunner().invoke(
            APP,
            [*arguments, "--offline", "--config", str(self.config)],
            input=input,
            env={"ATELIER_SERVER": None, "ATELIER_TOKEN": None, "ATELIER_CONFIG": None},
        )

    def told(self, *arguments: str) -> dict[str, Any]:
        """Return what a command that succeeds tells programs."""
        answer = self.run(*arguments, "--json")
        assert answer.exit_code == 0, answer.output
        document: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        return document

    def speaks_for(self, secret: str) -> str | None:
        """Return the name of the account that a token speaks for."""

        async def look() -> str | None:
            storage = SqliteStorage(self.database)
            try:
                grant = await storage.tokens.grant(digest(secret))
                return grant.account.name if grant is not None else None
            finally:
                await storage.close()

        return asyncio.run(look())


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def roster(directory: Path, text: str) -> str:
    file = directory / "roster.csv"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_an_account_is_added_listed_changed_and_removed(service: Service) -> None:
    assert service.told("users", "add", "Ada", "--role", "teacher")["user"]["role"] == "teacher"
    assert "Ada" in service.run("users", "list").stdout
    changed = service.told("users", "change", "Ada", "--role", "student", "--images-per-day", "5", "--off")
    assert changed["user"]["limits"]["images_per_day"] == 5
    assert changed["user"]["disabled"] is True
    kept = service.told("users", "change", "Ada", "--queued", "2", "--on")["user"]["limits"]
    assert (kept["images_per_day"], kept["queued"]) == (5, 2)
    assert service.run("users", "remove", "Ada", input="n\n").exit_code != 0
    assert service.told("users", "list")["users"] != []
    service.told("users", "remove", "Ada", "--yes")
    assert service.told("users", "list")["users"] == []
    who = {(each["actor"], each["action"]) for each in service.told("audit")["audit"]}
    assert ("offline", "account.removed") in who


def test_a_refusal_is_one_line_and_a_status(service: Service) -> None:
    answer = service.run("users", "remove", "nobody", "--yes")
    assert answer.exit_code == 6
    assert answer.stderr == "atelier: There is no account 'nobody'.\n"


def test_a_roster_becomes_accounts_and_env_files(service: Service, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(("\ufeff" + ROSTER).encode())
    tried = service.run("users", "import", str(file), "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "Zoë Müller: would be added" in tried.stdout
    assert service.told("users", "list")["users"] == []

    out = tmp_path / "tokens"
    url = "https://atelier.example"
    made = service.run("users", "import", str(file), "--tokens", str(out), "--url", url)
    assert made.exit_code == 0, made.output
    env = (out / "Zoë_Müller.env").read_text(encoding="utf-8")
    assert f"ATELIER_SERVER={url}\n" in env
    secret = env.split("ATELIER_TOKEN=")[1].strip()
    assert well_formed(secret)
    assert service.speaks_for(secret) == "Zoë Müller"
    assert secret not in made.output
    if os.name == "posix":
        assert stat.S_IMODE((out / "Zoë_Müller.env").stat().st_mode) == 0o600
        assert stat.S_IMODE(out.stat().st_mode) == 0o700

    again = service.run("users", "import", str(file))
    assert "0 new, 0 changed, 2 as they were." in again.stdout


def test_a_faulty_roster_names_its_lines(service: Service, tmp_path: Path) -> None:
    answer = service.run("users", "import", roster(tmp_path, "name,role\nAda,pupil\n"))
    assert answer.exit_code == 6
    assert "line 2: 'pupil' is no role" in answer.stderr


def test_tokens_are_exported_once_as_a_table(service: Service, tmp_path: Path) -> None:
    for name in ("Ada", "Grace"):
        service.told("users", "add", name)
    out = tmp_path / "tokens.csv"
    assert service.told("tokens", "export", "--out", str(out), "--url", "https://a.example")["count"] == 2
    lines = out.read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0] == "name,class,server,token,expiry"
    assert service.speaks_for(lines[1].split(",")[3]) == "Ada"
    answer = service.run("tokens", "export", "--out", str(out), "--url", "https://a.example")
    assert answer.exit_code == 2
    assert "is there already" in answer.stderr


def test_nothing_is_issued_where_it_could_not_be_written(service: Service, tmp_path: Path) -> None:
    service.told("users", "add", "Ada")
    (tmp_path / "tokens.csv").write_text("precious")
    service.run("tokens", "export", "--out", str(tmp_path / "tokens.csv"), "--url", "https://a.example")
    service.run("tokens", "export", "--out", str(tmp_path / "tokens"))
    assert service.told("tokens", "list")["tokens"] == []


def test_a_token_is_issued_rotated_reissued_and_revoked(service: Service, tmp_path: Path) -> None:
    service.told("users", "add", "Ada")
    first = service.run("tokens", "issue", "Ada").stdout.strip()
    assert service.speaks_for(first) == "Ada"
    second = service.told("tokens", "rotate", "Ada")["token"]
    assert service.speaks_for(first) == service.speaks_for(second) == "Ada"
    out = tmp_path / "ada.env"
    service.told("tokens", "reissue", "Ada", "--out", str(out), "--url", "https://a.example")
    third = out.read_text(encoding="utf-8").split("ATELIER_TOKEN=")[1].strip()
    assert service.speaks_for(first) is None
    assert service.speaks_for(second) is None
    assert service.speaks_for(third) == "Ada"
    living = [each for each in service.told("tokens", "list")["tokens"] if each["revoked"] is None]
    service.told("tokens", "revoke", living[0]["id"])
    assert service.speaks_for(third) is None


def test_a_class_is_made_and_changed(service: Service) -> None:
    service.told("classes", "put", "7b", "--images-per-day", "300")
    changed = service.told("classes", "put", "7b", "--show-pictures", "--queued", "40")
    assert changed["shows_pictures"] is True
    assert (changed["limits"]["images_per_day"], changed["limits"]["queued"]) == (300, 40)
    assert "no students" in service.run("classes", "show", "7b").stdout
    assert "7b" in service.run("classes", "list").stdout


def test_what_is_kept_of_an_account_is_taken_out_and_deleted(service: Service, tmp_path: Path) -> None:
    service.told("users", "add", "Ada")
    out = tmp_path / "ada.zip"
    service.told("users", "export", "Ada", "--out", str(out))
    assert json.loads(zipfile.ZipFile(out).read("account.json"))["name"] == "Ada"
    assert service.told("users", "erase", "Ada", "--yes")["files"] == 0


def test_records_are_shown(service: Service) -> None:
    assert "Nothing was used." in service.run("usage").stdout
    assert "There are no jobs." in service.run("jobs", "list").stdout
    assert service.run("usage", "--since", "yesterday").exit_code == 6


def test_a_running_service_keeps_its_database_to_itself(service: Service) -> None:
    async def hold() -> tuple[int | None, str]:
        storage = SqliteStorage(service.database)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "atelier", "users", "list", "--offline"),
                *("--config", str(service.config)),
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await process.communicate()
        finally:
            await storage.close()
        return process.returncode, said.decode()

    status, said = asyncio.run(hold())
    assert status == 11
    assert said.startswith("atelier: ")
    assert "Traceback" not in said


def test_without_a_service_the_command_says_how_to_name_one(tmp_path: Path) -> None:
    clean = {"ATELIER_SERVER": None, "ATELIER_TOKEN": None, "ATELIER_CONFIG": None}
    answer = CliRunner().invoke(APP, ["users", "list"], env=clean)
    assert answer.exit_code == 2
    assert "--server" in answer.stderr
    config = tmp_path / "atelier.toml"
    config.write_text('directory = "none"\n')
    answer = CliRunner().invoke(APP, ["users", "list", "--offline", "--config", str(config)], env=clean)
    assert answer.exit_code == 2
    assert "There is no database" in answer.stderr
    assert not (tmp_path / "none").exists()
