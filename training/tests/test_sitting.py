from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from training import __main__ as command_line
from training.designs import NANO, Design
from training.sampling import Request, Shipped
from training.sitting import _emphasis, _schedule
from training.sizes import Size
from training.tests.designs import QUICK
from training.weights import History, Networks, load, save

SMALL = (Size(width=64, height=64, share=1, batch=1 / 6, shards=2),)


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make the data small, and return the start of a command that keeps all its files in a folder."""
    monkeypatch.setattr("training.sizes.SETS", {"few": SMALL})
    monkeypatch.setattr("training.designs.DESIGNS", {"nano": NANO, "mini": QUICK})
    for module in ("dataset", "batches"):
        monkeypatch.setattr(f"training.{module}.SHARD", 8)
    monkeypatch.setattr("training.autoencoding.SHAPES", ((64, 64),))
    monkeypatch.setattr("training.autoencoding.OFTEN", (1,))
    # Other processes would not know of the small data set.
    monkeypatch.setattr(
        "training.dataset.ProcessPoolExecutor", lambda processes, mp_context: ThreadPoolExecutor(processes)
    )
    folders = {"--work": "work", "--checkpoint": "weights.safetensors", "--onnx": "onnx"}
    return [
        "training",
        *(part for option, name in folders.items() for part in (option, str(tmp_path / name))),
    ]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", list(words))
    command_line.main()


@pytest.mark.parametrize("design", [NANO, QUICK], ids=lambda design: design.name)
def test_one_command_makes_a_model_from_nothing_and_another_goes_on_from_its_weights(
    train: list[str], design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train += ["--design", design.name]
    run(monkeypatch, *train, "all", "--from-nothing", "--minutes", "0.02", "--processes", "1")
    first, second = Networks(design), Networks(design)
    before = load(tmp_path / "weights.safetensors", first, design)
    assert before.samples > 0
    shipped = Shipped(design, tmp_path / "onnx")
    assert shipped.draw(Request(prompts=["hills"], width=64, height=64, steps=2))

    run(monkeypatch, *train, "all", "--minutes", "0.02", "--processes", "1")
    assert load(tmp_path / "weights.safetensors", second, design).samples > before.samples
    changed = {
        name.split(".")[0]
        for (name, old), new in zip(first.state_dict().items(), second.state_dict().values(), strict=True)
        if not torch.equal(old, new)
    }
    assert "denoiser" in changed
    assert not changed & {"encoder", "decoder"}, "latents keep their meaning"


def test_a_new_model_does_not_listen_and_one_with_other_weights_hears_every_word(
    train: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(0)
    train += ["--design", "mini"]
    model, path = Networks(QUICK), tmp_path / "weights.safetensors"
    save(path, model, QUICK, History())
    run(monkeypatch, *train, "data", "--processes", "1")
    run(monkeypatch, *train, "listen")
    assert "left and right: +0.0000 +0.0000 +0.0000" in capsys.readouterr().out.replace("-", "+")
    with torch.no_grad():
        for parameter in (*model.denoiser.parameters(), *model.text_encoder.parameters()):
            parameter.add_(torch.randn_like(parameter) * 0.2)
    save(path, model, QUICK, History())
    run(monkeypatch, *train, "listen")
    lines = capsys.readouterr().out.splitlines()
    assert all(any(float(value) for value in line.split(":")[1].split()) for line in lines[1:])


def test_without_weights_the_command_says_how_to_begin(
    train: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="--design nano all --from-nothing"):
        run(monkeypatch, *train, "denoiser", "--minutes", "1")


def test_the_learning_rate_warms_up_stays_and_falls_to_nothing() -> None:
    assert _schedule(0, 0) < 0.01
    assert _schedule(1000, 0.2) == _schedule(1000, 0.4) == 1
    assert 0 < _schedule(1000, 0.9) < _schedule(1000, 0.6) < 1
    assert _schedule(1000, 1) == pytest.approx(0)


def test_a_sitting_ends_with_objects_that_weigh_no_more_than_the_rest() -> None:
    assert _emphasis(0) == _emphasis(0.5) == 1
    assert 0 < _emphasis(0.6) < 1
    assert _emphasis(0.76) == _emphasis(1) == 0
