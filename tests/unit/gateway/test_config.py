"""The configuration is read strictly: what is unknown or unusable is an error that names it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import atelier
from atelier.errors import ConfigInvalid
from atelier.gateway.config import Config
from atelier.gateway.config_file import read_config
from atelier.storage.account import Role


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("ATELIER_"):
            monkeypatch.delenv(name)


def written(directory: Path, text: str) -> Path:
    file = directory / "atelier.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file: Path | None) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        read_config(file)
    return str(caught.value)


def test_without_a_file_the_service_listens_on_this_machine_alone_and_brings_its_own_engine() -> None:
    config = read_config(None)
    assert config.listen.host == "127.0.0.1"
    assert config.engines == ()
    assert config.listen.trusted_proxies == ()


def test_paths_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        'directory = "data"\n[[engines]]\nname = "gpu-1"\naddress = "http://10.0.0.5:8188/"\n'
        'token_file = "gpu-1.token"\n',
    )
    config = read_config(file)
    assert config.database_file == tmp_path / "data/atelier.sqlite3"
    assert config.artifact_directory == tmp_path / "data/artifacts"
    assert config.engines[0].token_file == tmp_path / "gpu-1.token"
    assert config.engines[0].address == "http://10.0.0.5:8188"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, '[listen]\nhost = "0.0.0.0"\nport = 9000\n')
    monkeypatch.setenv("ATELIER_LISTEN__PORT", "9001")
    config = read_config(file)
    assert (config.listen.host, config.listen.port) == ("0.0.0.0", 9001)


def test_lists_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_ENGINES", '[{"name": "a", "address": "http://127.0.0.1:8188"}]')
    assert read_config(None).engines[0].name == "a"
    monkeypatch.setenv("ATELIER_ENGINES", "[{")
    assert "ATELIER_ENGINES" in refusal(None)
    assert "JSON" in refusal(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\nprot = 1\n", "listen.prot: there is no such key. Perhaps port"),
        ("lsten = 1\n", "lsten: there is no such key. Perhaps listen"),
        ('[listen]\nport = "http"\n', "listen.port"),
        ("[listen]\nport = 70000\n", "listen.port"),
        (
            '[listen]\ntrusted_proxies = ["10.0.0.1/8"]\n',
            "listen.trusted_proxies.0: 10.0.0.1/8 has host bits",
        ),
        ('[listen]\nroot_path = "atelier/"\n', "listen.root_path"),
        ('[[engines]]\nname = "GPU 1"\naddress = "http://x"\n', "engines.0.name"),
        ('[[engines]]\nname = "a"\naddress = "x:8188"\n', "engines.0.address"),
        ('[[engines]]\nname = "a"\n', "engines.0.address"),
        (
            '[[engines]]\nname = "a"\naddress = "http://x"\n[[engines]]\nname = "a"\naddress = "http://y"\n',
            "two are called a",
        ),
        ("[limits.student]\nqueued = -1\n", "limits.student.queued"),
        ("[limits.student]\nengine_seconds_per_day = inf\n", "limits.student.engine_seconds_per_day"),
        ("[limits.pupil]\nqueued = 1\n", "limits.pupil"),
        (
            '[policy.student]\nallow = ["TorchCompileModel"]\n',
            "TorchCompileModel is never allowed to a student",
        ),
        ("[retention]\ntemp_days = 0\n", "retention.temp_days"),
        ("[listen\n", "it is no TOML"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    assert said in refusal(file)
    assert str(file) in refusal(file)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "[listen]\nport = -1\nprot = 1\n[uploads]\nmax_bytes = 0\n")
    assert len(refusal(file).splitlines()) == 3


def test_a_variable_that_means_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_LISTN__PORT", "1")
    assert "ATELIER_LISTN__PORT" in refusal(None)
    assert "ATELIER_LISTEN" in refusal(None)


def test_a_bad_variable_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_LISTEN__PORT", "many")
    assert refusal(None).startswith("ATELIER_LISTEN__PORT (environment)")


def test_the_variables_of_the_command_line_are_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_SERVER", "http://127.0.0.1:8200")
    monkeypatch.setenv("ATELIER_TOKEN", "atl_x")
    assert read_config(None).listen.port == 8200


def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[[engines]]\nname = "a"\naddress = "http://me:hunter2@x"\ntoken = "sesame"\n',
    )
    said = refusal(file)
    assert "engines.0.token" in said
    assert "sesame" not in said
    assert "hunter2" not in said


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.toml")


def test_the_word_none_lifts_a_limit(tmp_path: Path) -> None:
    file = written(tmp_path, '[limits.student]\nimages_per_day = "none"\n[retention]\noutput_days = "none"\n')
    config = read_config(file)
    assert config.limits.of(Role.STUDENT).images_per_day is None
    assert config.limits.of(Role.STUDENT).queued == 10
    assert config.retention.output_days is None


def test_rules_take_the_defaults_of_the_role_where_nothing_is_set(tmp_path: Path) -> None:
    file = written(tmp_path, '[policy.student]\nsteps = 30\nallow = ["MyNode"]\nrefuse = ["KSampler"]\n')
    rules = read_config(file).policy.of(Role.STUDENT)
    assert rules.bounds.steps == 30
    assert rules.bounds.nodes == 200
    assert rules.allow == {"MyNode"}
    assert rules.refuse == {"KSampler"}


def test_a_configuration_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Config().listen = Config().listen


def test_a_service_starts_beside_the_variables_of_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = (Path(atelier.__file__).parent / "cli").rglob("*.py")
    named = re.compile(r'(?:envvar|VARIABLE) ?= ?"(ATELIER_[A-Z_]+)"')
    read = {name for file in commands for name in named.findall(file.read_text(encoding="utf-8"))}
    assert read >= {
        "ATELIER_TOKEN",
        "ATELIER_SECOND_TOKEN",
        "ATELIER_DEPLOYMENT",
        "ATELIER_BACKUP_PASSPHRASE",
    }
    for name in read:
        monkeypatch.setenv(name, "any")
    read_config(None)
