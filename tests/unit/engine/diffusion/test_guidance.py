from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from atelier.engine.diffusion.guidance import classifier_free, guided_denoiser, norm_limited
from atelier.engine.values import Array
from tests.unit.engine.diffusion.recordings import recorded

latents = arrays.arrays(np.float32, (1, 3, 2, 2), elements=st.floats(-10, 10, width=32))


@given(latents, latents)
def test_a_scale_of_zero_is_unconditional_and_of_one_conditional(a: Array, b: Array) -> None:
    assert np.array_equal(classifier_free(a, b, 0.0), b)
    np.testing.assert_allclose(classifier_free(a, b, 1.0), a, atol=1e-5)


@given(latents, latents, st.floats(0, 2))
def test_norm_limited_vectors_are_never_longer_than_the_conditional_ones(
    guided: Array, conditional: Array, strength: float
) -> None:
    limited = np.linalg.norm(norm_limited(guided, conditional, strength), axis=1)
    assert (limited <= strength * np.linalg.norm(conditional, axis=1) * (1 + 1e-5) + 1e-5).all()


@given(latents, st.floats(0.1, 1))
def test_without_a_say_the_negative_prompt_is_not_computed(x: Array, sigma: float) -> None:
    batches: list[int] = []

    def velocity(latent: Array, level: float) -> Array:
        batches.append(len(latent))
        return np.ones_like(latent)

    denoised = guided_denoiser(velocity, 1.0, None)(x, sigma)
    assert batches == [1]
    np.testing.assert_allclose(denoised, x - np.float32(sigma), atol=1e-5)


def test_the_first_half_of_the_batch_is_the_positive_one() -> None:
    def velocity(latent: Array, level: float) -> Array:
        # The positive half moves by 1 from the data 0, the negative one not at all.
        return np.concatenate([np.ones_like(latent[:1]), np.zeros_like(latent[:1])])

    denoised = guided_denoiser(velocity, 3.0, None)(np.zeros((1, 2, 1, 1), np.float32), 0.5)
    assert denoised.ravel().tolist() == [-1.5, -1.5]


@pytest.mark.parametrize("case", recorded("guidance"), ids=lambda case: f"{case['cfg']}-{case['cfg_norm']}")
def test_guidance_is_that_of_a_real_comfyui(case: dict[str, Any]) -> None:
    conditional, unconditional = np.array(case["conditional"]), np.array(case["unconditional"])
    guided = classifier_free(conditional, unconditional, case["cfg"])
    if case["cfg_norm"] is not None:
        guided = norm_limited(guided, conditional, case["cfg_norm"])
    np.testing.assert_allclose(guided, case["guided"], rtol=1e-5, atol=1e-6)
