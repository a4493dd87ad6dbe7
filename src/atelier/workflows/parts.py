"""The parts that every workflow of the library is put together from."""

from __future__ import annotations

from dataclasses import dataclass

from atelier.workflows.graph import Graph, Link
from atelier.workflows.model_sets import ModelSet


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to sample; what is None follows the model set."""

    #: 0 to 2^64 - 1; above 2^53 a browser cannot show it exactly.
    seed: int = 0
    #: 1 to 10000.
    steps: int | None = None
    #: 0 to 100; 1 switches guidance off.
    cfg: float | None = None
    sampler_name: str | None = None
    scheduler: str | None = None
    #: 0 to 1: how much of the starting picture may change.
    denoise: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The three models of a set, as links."""

    model: Link
    clip: Link
    vae: Link


def load(graph: Graph, models: ModelSet, *, for_edit: bool = False) -> Loaded:
    """Add the loaders of a model set, with the nodes that its model wants behind them."""
    model = graph.add("UNETLoader", unet_name=models.diffusion_model, weight_dtype="default")[0]
    clip = graph.add("CLIPLoader", clip_name=models.text_encoder, type=models.clip_type, device="default")[0]
    vae = graph.add("VAELoader", vae_name=models.vae)[0]
    if models.shift is not None:
        model = graph.add("ModelSamplingAuraFlow", model=model, shift=models.shift)[0]
    if for_edit and models.cfg_norm is not None:
        model = graph.add("CFGNorm", model=model, strength=models.cfg_norm)[0]
    return Loaded(model=model, clip=clip, vae=vae)


def encode_texts(graph: Graph, clip: Link, prompt: str, negative_prompt: str) -> tuple[Link, Link]:
    """Add the two prompts and return (positive, negative)."""
    positive = graph.add("CLIPTextEncode", title="Prompt", clip=clip, text=prompt)[0]
    negative = graph.add("CLIPTextEncode", title="Negative prompt", clip=clip, text=negative_prompt)[0]
    return positive, negative


def sample(
    graph: Graph,
    models: ModelSet,
    loaded: Loaded,
    how: Sampling,
    *,
    positive: Link,
    negative: Link,
    latent: Link,
    cfg: float | None = None,
) -> Link:
    """Add the sampler and the decoder and return the pictures.

    `cfg` is the guidance where the request names none; without it, the set's.
    """
    default_cfg = models.cfg if cfg is None else cfg
    samples = graph.add(
        "KSampler",
        model=loaded.model,
        positive=positive,
        negative=negative,
        latent_image=latent,
        seed=how.seed,
        steps=models.steps if how.steps is None else how.steps,
        cfg=default_cfg if how.cfg is None else how.cfg,
        sampler_name=how.sampler_name or models.sampler_name,
        scheduler=how.scheduler or models.scheduler,
        denoise=how.denoise,
    )[0]
    return graph.add("VAEDecode", samples=samples, vae=loaded.vae)[0]


def repeated(graph: Graph, latent: Link, count: int) -> Link:
    """Return the latent `count` times over, as it is for a count of 1."""
    return latent if count == 1 else graph.add("RepeatLatentBatch", samples=latent, amount=count)[0]
