from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from atelier.engine.diffusion.limits import DOWNSCALE, MAX_SIDE, MIN_SIDE
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.diffusion.network import Network
from atelier.engine.folders import WEIGHTS, Folders
from atelier.errors import FileOutside, ModelFileInvalid
from tests.unit.engine.diffusion.conftest import Trio

NAME = "atelier_nano_fp16.onnx"

LOADS: dict[str, Callable[[ModelFiles], object]] = {
    "diffusion_models": lambda files: files.diffusion_model(NAME),
    "text_encoders": lambda files: files.text_encoder(NAME),
    "vae": lambda files: files.vae(NAME),
}


@pytest.fixture
def changeable(tmp_path: Path) -> Folders:
    """The shipped weights in a place where a test may spoil them."""
    shutil.copytree(WEIGHTS, tmp_path / "models")
    return Folders(base=tmp_path, models=(tmp_path / "models",))


def test_a_model_is_loaded_once_and_again_after_unloading(changeable: Folders) -> None:
    files = ModelFiles(changeable)
    for load in LOADS.values():
        assert load(files) is load(files)
    before = [load(files) for load in LOADS.values()]
    files.unload()
    assert all(load(files) is not old for load, old in zip(LOADS.values(), before, strict=True))


def test_the_checkpoint_names_the_three_shipped_files(models: ModelFiles) -> None:
    names = models.checkpoint("atelier_nano.json")
    assert {names.diffusion_model, names.text_encoder, names.vae} == {NAME}


def test_the_limits_before_a_model_is_known_are_those_of_the_shipped_one(trio: Trio) -> None:
    denoiser = trio.model.denoiser
    assert (denoiser.min_side, denoiser.max_side) == (MIN_SIDE, MAX_SIDE)
    assert (trio.vae.downscale, trio.vae.channels) == (DOWNSCALE, denoiser.channels)


@pytest.mark.parametrize("kind", LOADS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"<!doctype html>"),
        lambda file: file.write_bytes(file.read_bytes()[:100_000]),
        lambda file: shutil.copy(file.parents[1] / "checkpoints" / "atelier_nano.json", file),
    ],
    ids=["missing", "empty", "html", "truncated", "json"],
)
def test_a_damaged_file_is_named_with_what_to_do(
    changeable: Folders, kind: str, spoil: Callable[[Path], object]
) -> None:
    spoil(changeable.models[0] / kind / NAME)
    with pytest.raises(ModelFileInvalid, match=rf"{NAME} (cannot be loaded|is not a).*(again|choose)"):
        LOADS[kind](ModelFiles(changeable))


@pytest.mark.parametrize(
    ("kind", "other"),
    [("diffusion_models", "vae"), ("text_encoders", "diffusion_models"), ("vae", "text_encoders")],
)
def test_a_file_of_another_kind_is_refused(changeable: Folders, kind: str, other: str) -> None:
    shutil.copy(changeable.models[0] / other / NAME, changeable.models[0] / kind / NAME)
    with pytest.raises(ModelFileInvalid, match=r"is not a .* \(it says .*\): choose a file that belongs"):
        LOADS[kind](ModelFiles(changeable))


@pytest.mark.parametrize(
    ("kind", "old", "new", "named"),
    [
        ("diffusion_models", b"atelier.format", b"atelier.farmat", "of format 1"),
        ("diffusion_models", b"timestep", b"timestap", "inputs and outputs of a diffusion_model"),
        ("diffusion_models", b"velocity", b"velosity", "inputs and outputs of a diffusion_model"),
        ("diffusion_models", b"atelier.max_side", b"atelier.max_sida", "does not name its max_side"),
        ("vae", b"atelier.downscale", b"atelier.downscall", "does not name its downscale"),
        ("text_encoders", b"atelier.vocabulary", b"atelier.vocabulery", "brings no vocabulary"),
        ("text_encoders", b'"words"', b'"warts"', "vocabulary cannot be read"),
    ],
)
def test_a_file_that_contradicts_its_kind_is_refused(
    changeable: Folders, kind: str, old: bytes, new: bytes, named: str
) -> None:
    file = changeable.models[0] / kind / NAME
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))
    with pytest.raises(ModelFileInvalid, match=named):
        LOADS[kind](ModelFiles(changeable))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"diffusion_model": "a"}', '{"a": 1}', "\0", "3"])
def test_a_checkpoint_that_names_no_models_is_refused(changeable: Folders, content: str) -> None:
    (changeable.models[0] / "checkpoints" / "atelier_nano.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelFileInvalid, match=r"checkpoint atelier_nano.json cannot be read"):
        ModelFiles(changeable).checkpoint("atelier_nano.json")


@pytest.mark.parametrize("name", ["../secret.onnx", "/etc/passwd", "..", ""])
def test_a_name_that_leads_elsewhere_is_refused(models: ModelFiles, name: str) -> None:
    for load in (models.diffusion_model, models.text_encoder, models.vae, models.checkpoint):
        with pytest.raises(FileOutside):
            load(name)


def test_a_network_that_cannot_be_computed_is_reported() -> None:
    vae = Network(
        WEIGHTS / "vae" / NAME, kind="vae", inputs=("decode", "input"), outputs=("output",), threads=1
    )
    with pytest.raises(ModelFileInvalid, match="failed while it ran"):
        vae.run({"decode": np.array(True), "input": np.zeros((1, 5, 8, 8), np.float32)})


def test_onnxruntime_is_imported_with_the_first_model() -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from atelier.engine.diffusion.model_files import ModelFiles\n"
        "from atelier.engine.folders import Folders\n"
        "from atelier.engine.nodes import conditioning, latents, loaders, sampling, vae\n"
        "files = ModelFiles(Folders(base=Path.cwd()))\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "files.vae('" + NAME + "')\n"
        "assert 'onnxruntime' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_loading_a_model_leaves_no_trace_and_reports_to_nobody(tmp_path: Path) -> None:
    # With its telemetry on, onnxruntime keeps a session file in the one and a database in the other.
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    program = (
        "from pathlib import Path\n"
        "from atelier.engine.diffusion.model_files import ModelFiles\n"
        "from atelier.engine.folders import Folders\n"
        "ModelFiles(Folders(base=Path.cwd())).vae('" + NAME + "')\n"
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        timeout=60,
        env=environment | {"HOME": str(home), "TMPDIR": str(temporary)},
    )
    assert [*home.iterdir(), *temporary.iterdir()] == []
