"""What is rendered anew replaces what was rendered before, and nothing that somebody edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from atelier.deploy.deployment import checked
from atelier.deploy.directory import edited, require_empty, write
from atelier.deploy.making import is_up_to_date
from atelier.deploy.rendering import render
from atelier.errors import DeploymentExists

FIRST = {"deployment.toml": "a = 1\n", "compose.yaml": "one\n", "proxy/Caddyfile": "old\n"}


def test_a_file_that_was_edited_stays_and_the_new_text_lies_beside(tmp_path: Path) -> None:
    write(tmp_path / "studio", FIRST)
    (tmp_path / "studio/compose.yaml").write_text("mine\n")
    assert edited(tmp_path / "studio") == ("compose.yaml",)
    written = write(tmp_path / "studio", {**FIRST, "compose.yaml": "two\n", "proxy/Caddyfile": "new\n"})
    assert (written.changed, written.kept) == (("proxy/Caddyfile",), ("compose.yaml",))
    assert (tmp_path / "studio/compose.yaml").read_text() == "mine\n"
    assert (tmp_path / "studio/compose.yaml.new").read_text() == "two\n"


def test_the_choices_are_never_written_over(tmp_path: Path) -> None:
    write(tmp_path, FIRST)
    (tmp_path / "deployment.toml").write_text("a = 2\n")
    written = write(tmp_path, FIRST)
    assert (written.changed, written.kept) == ((), ())
    assert (tmp_path / "deployment.toml").read_text() == "a = 2\n"
    assert edited(tmp_path) == ()


def test_what_is_rendered_no_more_goes_unless_it_was_edited(tmp_path: Path) -> None:
    write(tmp_path, {**FIRST, "nginx.conf": "x\n", "kept.conf": "y\n"})
    (tmp_path / "kept.conf").write_text("mine\n")
    write(tmp_path, FIRST)
    assert not (tmp_path / "nginx.conf").exists()
    assert (tmp_path / "kept.conf").read_text() == "mine\n"


def test_a_new_deployment_goes_into_no_directory_that_has_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DeploymentExists, match="not empty"):
        require_empty(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_choice_that_was_changed_and_not_rendered_is_noticed(tmp_path: Path) -> None:
    chosen = checked({"device": "cpu", "engine": "embedded"}, "here")
    write(tmp_path, render(chosen, constraints=""))
    file = tmp_path / "deployment.toml"
    assert is_up_to_date(tmp_path)
    file.write_text("# a remark\n" + file.read_text())
    assert is_up_to_date(tmp_path)
    file.write_text(file.read_text().replace("https_port = 443", "https_port = 8443"))
    assert not is_up_to_date(tmp_path)
