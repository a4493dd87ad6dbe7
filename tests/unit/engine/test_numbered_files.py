"""Running numbers are one more than the highest on disk, whoever wrote it, without listing each time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.engine.numbered_files import REMEMBERED_DIRECTORIES, NumberedFiles, Prefix


@pytest.fixture
def listings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every directory that is listed, in order."""
    listed: list[Path] = []
    scandir = os.scandir

    def counted(path: Path) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    return listed


def aged(directory: Path) -> None:
    """Put the directory's change into the past, as a change is that happened before the next save."""
    changed = directory.stat().st_mtime_ns - 10_000_000
    os.utime(directory, ns=(changed, changed))


def write(files: NumberedFiles, directory: Path, stem: str) -> str:
    return files.write(directory, stem, b"picture")[0]


def test_numbers_count_up_from_one(tmp_path: Path) -> None:
    files = NumberedFiles()
    assert [write(files, tmp_path, "fox") for _ in range(3)] == [
        "fox_00001_.png",
        "fox_00002_.png",
        "fox_00003_.png",
    ]
    assert (tmp_path / "fox_00002_.png").read_bytes() == b"picture"


def test_a_new_start_goes_on_behind_the_files_that_are_there(tmp_path: Path) -> None:
    for name in ("fox_00007_.png", "fox_00003_.png", "fox_old.png", "foxes_00099_.png", "fox"):
        (tmp_path / name).touch()
    assert write(NumberedFiles(), tmp_path, "fox") == "fox_00008_.png"


def test_saving_many_pictures_lists_the_directory_once(tmp_path: Path, listings: list[Path]) -> None:
    files = NumberedFiles()
    for number in range(50):
        write(files, tmp_path, f"prefix{number % 7}")
    assert listings == [tmp_path]


def test_a_file_that_somebody_else_put_there_is_counted(tmp_path: Path) -> None:
    files = NumberedFiles()
    write(files, tmp_path, "fox")
    (tmp_path / "fox_00041_.png").touch()
    aged(tmp_path)
    assert write(files, tmp_path, "fox") == "fox_00042_.png"


def test_a_number_is_free_again_when_its_file_vanished(tmp_path: Path) -> None:
    files = NumberedFiles()
    write(files, tmp_path, "fox")
    second = write(files, tmp_path, "fox")
    (tmp_path / second).unlink()
    aged(tmp_path)
    assert write(files, tmp_path, "fox") == second


def test_a_file_is_never_written_over_even_where_the_directory_looks_unchanged(tmp_path: Path) -> None:
    files = NumberedFiles()
    write(files, tmp_path, "fox")
    unchanged = tmp_path.stat().st_mtime_ns
    (tmp_path / "fox_00002_.png").write_bytes(b"another's")
    os.utime(tmp_path, ns=(unchanged, unchanged))
    assert write(files, tmp_path, "fox") == "fox_00003_.png"
    assert (tmp_path / "fox_00002_.png").read_bytes() == b"another's"


def test_a_directory_that_was_removed_and_made_again_starts_at_one(tmp_path: Path) -> None:
    files, directory = NumberedFiles(), tmp_path / "den"
    directory.mkdir()
    first = write(files, directory, "fox")
    (directory / first).unlink()
    directory.rmdir()
    directory.mkdir()
    aged(directory)
    assert write(files, directory, "fox") == first


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    files = NumberedFiles()
    for number in range(REMEMBERED_DIRECTORIES + 2):
        directory = tmp_path / str(number)
        directory.mkdir()
        write(files, directory, "fox")
    assert write(files, tmp_path / "0", "fox") == "fox_00002_.png"
    assert len(files._listings) <= REMEMBERED_DIRECTORIES


def test_a_failed_write_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write(NumberedFiles(), tmp_path, "fox")
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.sampled_from(["a", "a_7", "a_7_8", "b"]), max_size=12))
def test_remembered_numbers_are_those_that_a_new_listing_finds(
    tmp_path_factory: pytest.TempPathFactory, stems: list[str]
) -> None:
    directory = tmp_path_factory.mktemp("numbers")
    files = NumberedFiles()
    for stem in stems:
        write(files, directory, stem)
    for stem in ("a", "a_7", "a_7_8", "b"):
        assert files.write(directory, stem, b"")[1] == NumberedFiles().write(directory, stem, b"")[1] - 1


def test_placeholders_are_filled_in() -> None:
    now = time.strptime("2026-03-04 05:06:07", "%Y-%m-%d %H:%M:%S")
    prefix = Prefix.parse(
        "%year%-%month%-%day%/%hour%.%minute%.%second%_%width%x%height%", width=9, height=5, now=now
    )
    assert prefix == Prefix(subfolder="2026-03-04", name="05.06.07_9x5")


def test_a_percent_sign_that_is_no_placeholder_stays() -> None:
    prefix = Prefix.parse("100%_%date:yyyy%_%batch_num%", width=1, height=1)
    assert prefix.stem(3) == "100%_%date:yyyy%_3"
