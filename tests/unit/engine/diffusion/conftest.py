"""The shipped models, loaded once, and the surroundings of a node that keep what it reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.diffusion.text_encoder import TextEncoder
from atelier.engine.diffusion.vae import Vae
from atelier.engine.folders import Folders
from atelier.engine.values import Array, Conditioning, Model
from atelier.schemas.notices import Notice


@dataclass(frozen=True, kw_only=True)
class Trio:
    """The three models that belong together."""

    model: Model
    text_encoder: TextEncoder
    vae: Vae

    def prompt(self, text: str) -> Conditioning:
        return self.text_encoder.encode(text).conditioning


@dataclass(frozen=True, kw_only=True)
class Reports:
    """What nodes reported, in order."""

    notices: list[Notice] = field(default_factory=list)
    #: Step done, steps in all, and the shape of the latent that came along.
    progress: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)

    def report_progress(self, value: int, maximum: int, latent: Array | None) -> None:
        assert latent is not None
        self.progress.append((value, maximum, latent.shape))


@pytest.fixture(scope="session")
def models() -> ModelFiles:
    return ModelFiles(Folders(base=Path.cwd()))


@pytest.fixture(scope="session")
def trio(models: ModelFiles) -> Trio:
    names = models.checkpoint("atelier_nano.json")
    return Trio(
        model=Model(denoiser=models.diffusion_model(names.diffusion_model)),
        text_encoder=models.text_encoder(names.text_encoder),
        vae=models.vae(names.vae),
    )


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def context(models: ModelFiles, reports: Reports, tmp_path: Path) -> NodeContext:
    return NodeContext(
        node_id="7",
        folders=Folders(base=tmp_path),
        models=models,
        prompt={},
        extra_pnginfo={},
        report_progress=reports.report_progress,
        check_interrupted=lambda: None,
        report_notice=reports.notices.append,
    )
