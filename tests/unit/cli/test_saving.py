"""Pictures go where the user said, and overwrite nothing that the user did not name."""

from __future__ import annotations

from pathlib import Path

import pytest

from atelier.cli.saving import plan_names, save
from atelier.errors import UsageError


def test_a_file_name_is_taken_as_it_is(tmp_path: Path) -> None:
    assert plan_names(tmp_path / "a.png", stem="x", count=1) == (tmp_path / "a.png",)


def test_a_directory_gets_one_name_for_each_picture(tmp_path: Path) -> None:
    assert plan_names(tmp_path, stem="x", count=2) == (tmp_path / "x_1.png", tmp_path / "x_2.png")


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    (tmp_path / "x.png").touch()
    (tmp_path / "x (2).png").touch()
    assert plan_names(tmp_path, stem="x", count=1) == (tmp_path / "x (3).png",)


def test_a_directory_that_does_not_exist_yet_is_created(tmp_path: Path) -> None:
    (path,) = plan_names(tmp_path / "new", stem="x", count=1)
    save(path, b"content")
    assert path.read_bytes() == b"content"


@pytest.mark.parametrize(("name", "count"), [("a.jpg", 1), ("a.png", 2)])
def test_a_file_name_that_cannot_serve_is_refused(tmp_path: Path, name: str, count: int) -> None:
    with pytest.raises(UsageError, match=r"--out|PNG"):
        plan_names(tmp_path / name, stem="x", count=count)


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Choose another --out"):
        save(tmp_path / "file" / "a.png", b"")
