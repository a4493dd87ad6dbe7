from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.references import fitted_size
from atelier.engine.nodes.conditioning import (
    add_reference,
    encode_edit,
    encode_edit_plus,
    encode_text,
    zero_out,
)
from atelier.engine.values import Image, Latent
from atelier.errors import NodeInputInvalid, SizeBeyondLimit
from tests.unit.engine.diffusion.conftest import Reports, Trio


def picture(width: int, height: int, *, seed: int = 0) -> Image:
    return np.random.default_rng(seed).random((1, height, width, 3), np.float32)


def test_a_prompt_of_known_words_is_encoded_without_a_word(
    context: NodeContext, trio: Trio, reports: Reports
) -> None:
    (conditioning,) = encode_text(
        context, text="a watercolor painting of the sea at night", clip=trio.text_encoder
    )
    assert conditioning.tokens.shape[:2] == conditioning.tokens_mask.shape == (1, trio.text_encoder.length)
    assert conditioning.pooled.shape == (1, conditioning.tokens.shape[2])
    assert conditioning.references == ()
    assert reports.notices == []


def test_other_words_are_encoded_otherwise(trio: Trio) -> None:
    day, night = trio.prompt("the sea during the day"), trio.prompt("the sea at night")
    assert not np.array_equal(day.pooled, night.pooled)


def test_unknown_words_are_named_to_the_user(context: NodeContext, trio: Trio, reports: Reports) -> None:
    encode_text(context, text="a zorblax over the sea, with quuxes", clip=trio.text_encoder)
    (notice,) = reports.notices
    assert (notice.code, notice.node_id, notice.items) == ("unknown_words", "7", ("zorblax", "quuxes"))
    assert notice.message.startswith("The model does not know: zorblax, quuxes.")


def test_a_prompt_that_is_too_long_is_named_to_the_user(
    context: NodeContext, trio: Trio, reports: Reports
) -> None:
    encode_text(context, text="snow " * (trio.text_encoder.length + 1), clip=trio.text_encoder)
    (notice,) = reports.notices
    assert notice.code == "text_truncated"
    assert str(trio.text_encoder.length) in notice.message


def test_an_edit_refers_to_its_picture(context: NodeContext, trio: Trio) -> None:
    pixels = picture(128, 96)
    (conditioning,) = encode_edit(
        context, clip=trio.text_encoder, prompt="make it night", vae=trio.vae, image=pixels
    )
    (reference,) = conditioning.references
    assert np.array_equal(reference, trio.vae.encode(pixels))
    assert np.array_equal(conditioning.tokens, trio.prompt("make it night").tokens)


def test_an_edit_without_a_picture_is_its_text(context: NodeContext, trio: Trio) -> None:
    (conditioning,) = encode_edit(context, clip=trio.text_encoder, prompt="make it night", vae=trio.vae)
    assert conditioning.references == ()


def test_a_picture_without_a_vae_is_refused(context: NodeContext, trio: Trio) -> None:
    with pytest.raises(NodeInputInvalid, match="connect the VAE"):
        encode_edit(context, clip=trio.text_encoder, prompt="make it night", image=picture(128, 128))


def test_the_first_picture_counts_and_the_others_are_named(
    context: NodeContext, trio: Trio, reports: Reports
) -> None:
    second, third = picture(128, 64, seed=2), picture(64, 64, seed=3)
    (conditioning,) = encode_edit_plus(
        context, clip=trio.text_encoder, prompt="make it night", vae=trio.vae, image2=second, image3=third
    )
    (reference,) = conditioning.references
    assert np.array_equal(reference, trio.vae.encode(second))
    assert [each.code for each in reports.notices] == ["reference_ignored"]


def test_a_model_of_several_references_sees_all_pictures_of_the_node(
    context: NodeContext, trio: Trio, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trio.text_encoder, "references", 2)
    one, other, third = picture(64, 64), picture(128, 128), picture(64, 128)
    encode = partial(encode_edit_plus, context, clip=trio.text_encoder, prompt="add a tree", vae=trio.vae)
    (both,) = encode(image1=one, image3=other)
    assert [each.shape for each in both.references] == [(1, 8, 8, 8), (1, 8, 16, 16)]
    assert reports.notices == []
    (two,) = encode(image1=one, image2=other, image3=third)
    assert len(two.references) == 2
    assert [each.code for each in reports.notices] == ["reference_ignored"]


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((128, 128), (128, 128)),
        ((256, 64), (256, 64)),
        ((4000, 3000), (256, 192)),
        ((3000, 4000), (192, 256)),
        ((1024, 1024), (256, 256)),
        ((100, 75), (96, 80)),
        ((32, 32), (64, 64)),
        ((16, 64), (64, 256)),
        ((1000, 252), (256, 64)),
    ],
)
def test_pictures_are_fitted_to_what_the_model_knows(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fitted_size(*size) == fitted


def test_a_large_picture_is_fitted_before_it_is_encoded(context: NodeContext, trio: Trio) -> None:
    (conditioning,) = encode_edit(
        context, clip=trio.text_encoder, prompt="make it night", vae=trio.vae, image=picture(1200, 800)
    )
    assert conditioning.references[0].shape == (1, 8, 22, 32)


def test_a_picture_that_is_too_long_and_narrow_is_refused(context: NodeContext, trio: Trio) -> None:
    with pytest.raises(SizeBeyondLimit, match=r"600 x 100 pixels is too long .* 4 times .*ImageCrop"):
        encode_edit(
            context, clip=trio.text_encoder, prompt="make it night", vae=trio.vae, image=picture(600, 100)
        )


def test_a_reference_latent_is_added(context: NodeContext, trio: Trio, reports: Reports) -> None:
    latent = Latent(samples=np.ones((1, 8, 16, 16), np.float32))
    (once,) = add_reference(context, conditioning=trio.prompt("make it night"), latent=latent)
    assert once.references == (latent.samples,)
    assert reports.notices == []
    (twice,) = add_reference(context, conditioning=once, latent=latent)
    assert len(twice.references) == 2
    assert [each.code for each in reports.notices] == ["reference_ignored"]


def test_no_reference_latent_changes_nothing(context: NodeContext, trio: Trio) -> None:
    given = trio.prompt("make it night")
    assert add_reference(context, conditioning=given) == (given,)


def test_zeroing_out_keeps_the_pictures(context: NodeContext, trio: Trio) -> None:
    latent = Latent(samples=np.ones((1, 8, 16, 16), np.float32))
    (referring,) = add_reference(context, conditioning=trio.prompt("snow"), latent=latent)
    (zeroed,) = zero_out(context, conditioning=referring)
    assert not zeroed.tokens.any()
    assert not zeroed.pooled.any()
    assert zeroed.references == referring.references
    assert referring.tokens.any()
