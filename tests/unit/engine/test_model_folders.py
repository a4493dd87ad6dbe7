"""Models may lie in several folders: the engine's own, those of data packages, and others that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from atelier.engine.data_packages import model_folders
from atelier.engine.folders import Folders
from atelier.errors import FileOutside


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for file in ("a/vae/one.onnx", "a/vae/both.onnx", "b/vae/both.onnx", "b/vae/two.onnx", "b/loras/three"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file, encoding="utf-8")
    return Folders(base=tmp_path, models=(tmp_path / "a", tmp_path / "missing", tmp_path / "b"))


def test_the_files_of_all_folders_are_offered_once_each(folders: Folders) -> None:
    assert folders.model_kinds() == ("loras", "vae")
    assert folders.model_names("vae") == ("both.onnx", "one.onnx", "two.onnx")
    assert folders.model_names("loras") == ("three",)
    assert folders.model_names("unheard") == folders.model_names("../a/vae") == ()


@pytest.mark.parametrize(("name", "where"), [("one.onnx", "a"), ("both.onnx", "a"), ("two.onnx", "b")])
def test_of_two_files_of_one_name_the_earlier_folders_counts(
    folders: Folders, tmp_path: Path, name: str, where: str
) -> None:
    assert folders.model_path("vae", name) == tmp_path / where / "vae" / name


def test_a_file_that_is_nowhere_is_missed_in_the_first_folder(folders: Folders, tmp_path: Path) -> None:
    assert folders.model_path("vae", "none.onnx") == tmp_path / "a" / "vae" / "none.onnx"


def test_no_name_leads_outside_the_folders(folders: Folders) -> None:
    with pytest.raises(FileOutside):
        folders.model_path("vae", "../../b/vae/two.onnx")


def test_an_installed_data_package_brings_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_data"
    (package / "weights").mkdir(parents=True)
    (package / "__init__.py").touch()
    information = tmp_path / "some_data-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Name: some-data\nVersion: 1\n", encoding="utf-8")
    (information / "entry_points.txt").write_text("[atelier.models]\nzzz = some_data\n", encoding="utf-8")
    before = model_folders()
    monkeypatch.syspath_prepend(tmp_path)
    assert model_folders() == (*before, package / "weights")
