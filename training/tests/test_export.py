from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.export import NAME, export
from training.sampling import Request, Shipped
from training.weights import History, Nano, load, save


@pytest.fixture(scope="module")
def model() -> Nano:
    torch.manual_seed(0)
    fresh = Nano()
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    return fresh


@pytest.fixture(scope="module")
def weights(model: Nano, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    save(folder / "nano.safetensors", model, History())
    # What is exported is what half precision kept.
    load(folder / "nano.safetensors", model)
    export(folder / "nano.safetensors", folder)
    return folder


def test_the_same_weights_give_the_same_bytes(weights: Path, tmp_path: Path) -> None:
    for path in export(weights / "nano.safetensors", tmp_path):
        assert path.read_bytes() == (weights / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize(("height", "width"), [(8, 8), (16, 24), (32, 32)])
def test_the_exported_networks_compute_what_the_trained_ones_do(
    model: Nano, weights: Path, height: int, width: int
) -> None:
    model.eval()
    latent = torch.randn(2, 8, height, width)
    ids = torch.zeros(2, 40, dtype=torch.int64)
    ids[:, :2] = torch.tensor([[5, 6], [2, 0]])
    with torch.no_grad():
        words = model.text_encoder(ids)
        velocity = model.denoiser(latent, torch.tensor([0.2, 0.9]), latent, latent[:, :1], *words)
        decoded = model.decoder(latent)
        encoded = model.encoder(decoded)

    def run(folder: str, **inputs: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> list[np.ndarray]:
        session = onnxruntime.InferenceSession(str(weights / folder / NAME))
        return session.run(None, inputs)

    tokens, pooled, mask = run("text_encoders", ids=ids.numpy())
    (shipped,) = run(
        "diffusion_models",
        latent=latent.numpy(),
        timestep=np.array([0.2, 0.9], np.float32),
        reference=latent.numpy(),
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


def test_the_engine_draws_with_the_exported_files(weights: Path) -> None:
    shipped = Shipped(weights, threads=1)
    pictures = shipped.draw(Request(prompts=["a red house", ""], width=96, height=64, steps=2))
    assert [picture.shape for picture in pictures] == [(64, 96, 3)] * 2
    assert (pictures[0] != pictures[1]).any()
