from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.limits import MAX_BATCH
from atelier.engine.nodes.vae import decode, encode, encode_for_inpaint
from atelier.engine.values import Array, Image, Latent
from atelier.errors import NodeInputInvalid, SizeBeyondLimit
from tests.unit.engine.diffusion.conftest import Trio
from tests.unit.engine.diffusion.recordings import recorded


def sky_over_land(height: int, width: int, *, batch: int = 1) -> Image:
    rows = np.mgrid[0:height, 0:width][0] / height
    sky, land = np.array([0.4, 0.6, 0.9]), np.array([0.3, 0.6, 0.2])
    picture = np.where(rows[..., None] < 0.6, sky + 0.2 * rows[..., None], land)
    return np.repeat(picture[None], batch, axis=0).astype(np.float32)


def test_a_picture_comes_back_from_its_latent(context: NodeContext, trio: Trio) -> None:
    pixels = sky_over_land(64, 96, batch=3)
    (latent,) = encode(context, pixels=pixels, vae=trio.vae)
    assert latent.samples.shape == (3, 8, 8, 12)
    (decoded,) = decode(context, samples=latent, vae=trio.vae)
    assert decoded.shape == pixels.shape
    assert decoded.dtype == np.float32
    assert (decoded.min(), decoded.max()) >= (0, 0)
    assert decoded.max() <= 1
    # A peak signal-to-noise ratio of 20 dB.
    assert np.square(decoded - pixels).mean() < 0.01


def test_pictures_are_cropped_around_their_centre_to_whole_cells(trio: Trio) -> None:
    pixels = np.random.default_rng(0).random((1, 67, 78, 3), np.float32)
    assert np.array_equal(trio.vae.encode(pixels), trio.vae.encode(pixels[:, 1:65, 3:75]))


def test_transparency_is_left_out(trio: Trio) -> None:
    pixels = np.random.default_rng(0).random((1, 64, 64, 4), np.float32)
    assert np.array_equal(trio.vae.encode(pixels), trio.vae.encode(pixels[..., :3]))


def test_the_latent_of_a_picture_is_the_same_in_every_batch(trio: Trio) -> None:
    pixels = np.random.default_rng(0).random((6, 64, 64, 3), np.float32)
    np.testing.assert_allclose(trio.vae.encode(pixels)[5:], trio.vae.encode(pixels[5:]), atol=1e-5)


def test_an_empty_latent_of_another_model_is_decoded_as_an_empty_one(
    context: NodeContext, trio: Trio
) -> None:
    zeros = [Latent(samples=np.zeros((1, channels, 8, 8), np.float32)) for channels in (4, 8, 16)]
    pictures = [decode(context, samples=each, vae=trio.vae)[0] for each in zeros]
    assert all(np.array_equal(each, pictures[0]) for each in pictures)


def test_a_latent_of_another_vae_is_refused(context: NodeContext, trio: Trio) -> None:
    foreign = Latent(samples=np.ones((1, 16, 8, 8), np.float32))
    with pytest.raises(NodeInputInvalid, match=r"16 channels .* works with 8: .* another model's VAE"):
        decode(context, samples=foreign, vae=trio.vae)


def test_pictures_too_large_or_too_small_for_a_latent_are_refused(trio: Trio) -> None:
    huge = np.broadcast_to(np.zeros(3, np.float32), (1, 4000, 3000, 3))
    with pytest.raises(SizeBeyondLimit, match=r"3000 x 4000 pixels .* limit of 1024 .*ImageScale"):
        trio.vae.encode(huge)
    with pytest.raises(NodeInputInvalid, match="5 x 64 pixels has no latent"):
        trio.vae.encode(np.zeros((1, 64, 5, 3), np.float32))


def test_latents_too_large_or_too_many_for_pictures_are_refused(trio: Trio) -> None:
    wide = np.broadcast_to(np.float32(0), (1, 8, 8, 2000))
    with pytest.raises(SizeBeyondLimit, match="16000 x 64 pixels"):
        trio.vae.decode(wide)
    with pytest.raises(NodeInputInvalid, match="batch of 65"):
        trio.vae.decode(np.broadcast_to(np.float32(0), (MAX_BATCH + 1, 8, 8, 8)))


class RecordingVae:
    """A VAE that keeps the pixels it is given."""

    downscale = 8

    def encode(self, pixels: Image) -> Array:
        self.pixels = pixels
        return np.zeros((1, 8, 2, 3), np.float32)


@pytest.mark.parametrize(
    "case", recorded("inpainting")["results"], ids=lambda case: f"grow{case['grow_mask_by']}"
)
def test_encoding_for_inpainting_is_that_of_a_real_comfyui(
    context: NodeContext, case: dict[str, Any]
) -> None:
    given, vae = recorded("inpainting"), RecordingVae()
    (latent,) = encode_for_inpaint(
        context,
        pixels=np.array(given["pixels"], np.float32),
        vae=vae,  # type: ignore[arg-type]  # stands in for the VAE, to see what it is given
        mask=np.array(given["mask"], np.float32),
        grow_mask_by=case["grow_mask_by"],
    )
    np.testing.assert_allclose(vae.pixels, given["encoded_pixels"], atol=1e-6)
    assert latent.noise_mask is not None
    assert np.array_equal(latent.noise_mask, np.array(case["noise_mask"]))


def test_a_mask_for_inpainting_goes_with_every_picture_of_a_batch(context: NodeContext, trio: Trio) -> None:
    mask = np.zeros((1, 32, 32), np.float32)
    mask[:, 8:24, 8:24] = 1
    (latent,) = encode_for_inpaint(
        context, pixels=sky_over_land(64, 64, batch=2), vae=trio.vae, mask=mask, grow_mask_by=6
    )
    assert latent.samples.shape == (2, 8, 8, 8)
    assert latent.noise_mask is not None
    assert latent.noise_mask.shape == (1, 1, 64, 64)
