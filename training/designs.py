"""Designs: what a model draws, which words it reads, and how large its networks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training import vocabulary, worlds

if TYPE_CHECKING:
    from training.vocabulary import Vocabulary
    from training.worlds import World


@dataclass(frozen=True, kw_only=True)
class Design:
    """All that tells one model from another before it is trained."""

    name: str
    world: World
    vocabulary: Vocabulary
    #: Channels of a latent.
    latent_channels: int
    #: Pictures that the denoiser can look at beside the one it draws.
    references: int
    text_width: int
    text_depth: int
    width: int
    depth: int
    heads: int
    #: Deviation of the position features at the start, beside patches of about a half. With 0.05 a model
    #: learns for very long that a colour is asked for and not where.
    position_scale: float
    #: The same of the word positions beside words of a deviation of 0.3: which word belongs to which.
    word_position_scale: float
    #: Weight of objects in the loss while the learning rate is high; 1 is none.
    object_weight: float
    #: Weight of the guessed layout in the loss while the learning rate is high; 0 is none.
    layout_weight: float
    #: Shift of the training's timesteps towards noise; 1 is none. Where things are is decided in the noisiest
    #: tenth, of which the small model sees little.
    shift: float
    #: Channels of the encoder and of the decoder, at a fourth and at an eighth of the picture's size.
    encoder: tuple[int, int]
    decoder: tuple[int, int]
    #: Samples in a batch, and the learning rate for it.
    batch: int
    learning_rate: float


NANO = Design(
    name="nano",
    world=worlds.SMALL,
    vocabulary=vocabulary.SMALL,
    latent_channels=8,
    references=1,
    text_width=128,
    text_depth=2,
    width=160,
    depth=6,
    heads=4,
    position_scale=0.05,
    word_position_scale=0.02,
    object_weight=1.0,
    layout_weight=0.0,
    shift=1.0,
    encoder=(64, 112),
    decoder=(80, 144),
    batch=48,
    learning_rate=8e-4,
)
MINI = Design(
    name="mini",
    world=worlds.WIDE,
    vocabulary=vocabulary.WIDE,
    latent_channels=16,
    references=3,
    text_width=192,
    text_depth=3,
    width=288,
    depth=10,
    heads=6,
    position_scale=0.5,
    word_position_scale=0.3,
    object_weight=3.0,
    layout_weight=0.3,
    shift=3.0,
    encoder=(64, 128),
    decoder=(96, 192),
    batch=48,
    learning_rate=8e-4,
)
DESIGNS = {design.name: design for design in (NANO, MINI)}
