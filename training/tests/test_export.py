from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.designs import NANO, Design
from training.export import export, file_name
from training.sampling import Request, Shipped
from training.shipped import read
from training.tests.designs import QUICK
from training.weights import History, Networks, load, save


@pytest.fixture(scope="module", params=[NANO, QUICK], ids=lambda design: design.name)
def model(request: pytest.FixtureRequest) -> Networks:
    torch.manual_seed(0)
    design: Design = request.param
    fresh = Networks(design)
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return fresh


@pytest.fixture(scope="module")
def weights(model: Networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    save(folder / "weights.safetensors", model, model.design, History())
    # What is exported is what half precision kept.
    load(folder / "weights.safetensors", model, model.design)
    export(model.design, folder / "weights.safetensors", folder)
    return folder


def test_the_same_weights_give_the_same_bytes(model: Networks, weights: Path, tmp_path: Path) -> None:
    for path in export(model.design, weights / "weights.safetensors", tmp_path):
        assert path.read_bytes() == (weights / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 24), (32, 32)])
def test_the_exported_networks_compute_what_the_trained_ones_do(
    model: Networks, weights: Path, height: int, width: int
) -> None:
    model.eval()
    design = model.design
    latent = torch.randn(2, design.latent_channels, height, width)
    reference = torch.randn(2, design.references * design.latent_channels, height, width)
    ids = torch.zeros(2, 40, dtype=torch.int64)
    ids[:, :2] = torch.tensor([[5, 6], [2, 0]])
    with torch.no_grad():
        words = model.text_encoder(ids)
        velocity = model.denoiser(latent, torch.tensor([0.2, 0.9]), reference, latent[:, :1], *words)
        decoded = model.decoder(latent)
        encoded = model.encoder(decoded)

    def run(folder: str, **inputs: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> list[np.ndarray]:
        session = onnxruntime.InferenceSession(str(weights / folder / file_name(design)))
        return session.run(None, inputs)

    tokens, pooled, mask = run("text_encoders", ids=ids.numpy())
    (shipped,) = run(
        "diffusion_models",
        latent=latent.numpy(),
        timestep=np.array([0.2, 0.9], np.float32),
        reference=reference.numpy(),
        mask=latent[:, :1].numpy(),
        tokens=tokens,
        pooled=pooled,
        tokens_mask=mask,
    )
    np.testing.assert_allclose(shipped, velocity.numpy(), atol=1e-4)
    picture = run("vae", decode=np.array(True), input=latent.numpy())[0]
    np.testing.assert_allclose(picture, decoded.numpy(), atol=1e-4)
    back = run("vae", decode=np.array(False), input=decoded.numpy())[0]
    np.testing.assert_allclose(back, encoded.numpy(), atol=1e-4)


def test_the_engine_draws_with_the_exported_files(model: Networks, weights: Path) -> None:
    shipped = Shipped(model.design, weights, threads=1)
    pictures = shipped.draw(Request(prompts=["a red house", ""], width=96, height=64, steps=2))
    assert [picture.shape for picture in pictures] == [(64, 96, 3)] * 2
    assert (pictures[0] != pictures[1]).any()


def test_weights_can_be_read_back_from_the_exported_files(model: Networks, weights: Path) -> None:
    again, history = read(weights, model.design)
    assert history.samples == 0
    for name, value in model.state_dict().items():
        if not name.startswith("layout."):
            assert torch.equal(again.state_dict()[name], value), name


def test_files_without_a_weight_are_refused(model: Networks, weights: Path) -> None:
    deeper = replace(model.design, depth=model.design.depth + 1)
    with pytest.raises(ValueError, match=rf"lack \d+ weights, denoiser\.blocks\.{model.design.depth}\."):
        read(weights, deeper)
