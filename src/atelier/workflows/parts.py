"""The parts that every workflow of the library is put together from."""

from __future__ import annotations

from dataclasses import dataclass

from atelier.errors import UsageError
from atelier.workflows.graph import Graph, Link
from atelier.workflows.model_sets import Checkpoint, ModelSet
from atelier.workflows.nodes.conditioning import CLIPTextEncode, ConditioningZeroOut, FluxGuidance
from atelier.workflows.nodes.images import ImageCompositeMasked, ImageScaleToTotalPixels, SaveImage
from atelier.workflows.nodes.latents import (
    EmptyLatentImage,
    EmptySD3LatentImage,
    RepeatLatentBatch,
    VAEDecode,
)
from atelier.workflows.nodes.loaders import (
    CheckpointLoaderSimple,
    CLIPLoader,
    DualCLIPLoader,
    LoraLoaderModelOnly,
    UNETLoader,
    VAELoader,
)
from atelier.workflows.nodes.masks import InvertMask
from atelier.workflows.nodes.models import CFGNorm, ModelSamplingAuraFlow
from atelier.workflows.nodes.sampling import KSampler, KSamplerSelect, SamplerCustom, SDTurboScheduler
from atelier.workflows.sockets import Clip, Conditioning, Image, Latent, Mask, Model, Vae

#: What SDTurboScheduler takes (object_info of ComfyUI 0.3.64).
_TURBO_STEPS = 10


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to sample; what is None follows the model set, and `denoise` the workflow."""

    #: 0 to 2^64 - 1; above 2^53 a browser cannot show it exactly.
    seed: int = 0
    #: 1 to 10000.
    steps: int | None = None
    #: 0 to 100; 1 switches guidance off.
    cfg: float | None = None
    #: 0 to 100; of model sets that read it, such as FLUX.1-dev.
    guidance: float | None = None
    sampler_name: str | None = None
    scheduler: str | None = None
    #: 0 to 1: how much of the starting picture may change.
    denoise: float | None = None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The three models of a set, as links."""

    model: Link[Model]
    clip: Link[Clip]
    vae: Link[Vae]


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """What to draw and what to avoid, encoded."""

    positive: Link[Conditioning]
    negative: Link[Conditioning]


def load(graph: Graph, models: ModelSet, *, for_edit: bool = False) -> Loaded:
    """Add the loaders of a model set, with the nodes that its model wants behind them."""
    weights = models.weights
    if isinstance(weights, Checkpoint):
        model, clip, vae = graph.add(CheckpointLoaderSimple(ckpt_name=weights.file.name))
    else:
        model = graph.add(UNETLoader(unet_name=weights.diffusion_model.name))
        names = [each.name for each in weights.text_encoders]
        if len(names) == 1:
            clip = graph.add(CLIPLoader(clip_name=names[0], type=weights.clip_type))
        else:
            first, second = names
            clip = graph.add(DualCLIPLoader(clip_name1=first, clip_name2=second, type=weights.clip_type))
        vae = graph.add(VAELoader(vae_name=weights.vae.name))
    if models.lora is not None:
        model = graph.add(LoraLoaderModelOnly(model=model, lora_name=models.lora.name))
    if models.shift is not None:
        model = graph.add(ModelSamplingAuraFlow(model=model, shift=models.shift))
    if for_edit and models.cfg_norm is not None:
        model = graph.add(CFGNorm(model=model, strength=models.cfg_norm))
    return Loaded(model=model, clip=clip, vae=vae)


def encode(
    graph: Graph, models: ModelSet, clip: Link[Clip], prompt: str, negative_prompt: str, how: Sampling
) -> Prompts:
    """Add the two prompts; a model set without negative prompts gets zeros in its place."""
    positive = graph.add(CLIPTextEncode(clip=clip, text=prompt), title="Prompt")
    if models.guidance is not None:
        guidance = models.guidance if how.guidance is None else how.guidance
        positive = graph.add(FluxGuidance(conditioning=positive, guidance=guidance))
    if models.negative_prompt:
        negative = graph.add(CLIPTextEncode(clip=clip, text=negative_prompt), title="Negative prompt")
    else:
        negative = graph.add(ConditioningZeroOut(conditioning=positive), title="No negative prompt")
    return Prompts(positive=positive, negative=negative)


def empty_latent(graph: Graph, models: ModelSet, *, width: int, height: int, count: int) -> Link[Latent]:
    """Add the latent that drawing from nothing starts with, sides in pixels."""
    if models.four_channels:
        return graph.add(EmptyLatentImage(width=width, height=height, batch_size=count))
    return graph.add(EmptySD3LatentImage(width=width, height=height, batch_size=count))


def sample(
    graph: Graph,
    models: ModelSet,
    loaded: Loaded,
    how: Sampling,
    prompts: Prompts,
    latent: Link[Latent],
    *,
    cfg: float | None = None,
    denoise: float = 1.0,
) -> Link[Image]:
    """Add the sampler and the decoder and return the pictures.

    `cfg` and `denoise` are taken where the request names none; without `cfg`, the set's.

    Raises:
        UsageError: the request names a guidance and the model set reads none, or more steps than it can do.
    """
    if how.guidance is not None and models.guidance is None:
        raise UsageError(f"{models.title} reads no guidance: leave it out, and use cfg.")
    steps = models.steps if how.steps is None else how.steps
    default_cfg = models.cfg if cfg is None else cfg
    chosen_cfg = default_cfg if how.cfg is None else how.cfg
    sampler_name = how.sampler_name or models.sampler_name
    denoise = denoise if how.denoise is None else how.denoise
    if models.turbo:
        if steps > _TURBO_STEPS:
            raise UsageError(f"{models.title} takes at most {_TURBO_STEPS} steps, got {steps}.")
        samples, _ = graph.add(
            SamplerCustom(
                model=loaded.model,
                noise_seed=how.seed,
                cfg=chosen_cfg,
                positive=prompts.positive,
                negative=prompts.negative,
                sampler=graph.add(KSamplerSelect(sampler_name=sampler_name)),
                sigmas=graph.add(SDTurboScheduler(model=loaded.model, steps=steps, denoise=denoise)),
                latent_image=latent,
            )
        )
    else:
        samples = graph.add(
            KSampler(
                model=loaded.model,
                positive=prompts.positive,
                negative=prompts.negative,
                latent_image=latent,
                seed=how.seed,
                steps=steps,
                cfg=chosen_cfg,
                sampler_name=sampler_name,
                scheduler=how.scheduler or models.scheduler,
                denoise=denoise,
            )
        )
    return graph.add(VAEDecode(samples=samples, vae=loaded.vae))


def repeated(graph: Graph, latent: Link[Latent], count: int) -> Link[Latent]:
    """Return the latent `count` times over, as it is for a count of 1."""
    return latent if count == 1 else graph.add(RepeatLatentBatch(samples=latent, amount=count))


def kept_outside(graph: Graph, painted: Link[Image], source: Link[Image], mask: Link[Mask]) -> Link[Image]:
    """Return painted pictures with everything outside the mask as it is in the source.

    The source goes onto the pictures and not they onto it: ImageCompositeMasked gives as many pictures as the
    destination has.
    """
    outside = graph.add(InvertMask(mask=mask))
    return graph.add(ImageCompositeMasked(destination=painted, source=source, x=0, y=0, mask=outside))


def scaled_for_edit(graph: Graph, models: ModelSet, image: Link[Image]) -> Link[Image]:
    """Return a picture in the number of pixels at which the model set edits."""
    if models.edit_megapixels is None:
        return image
    return graph.add(
        ImageScaleToTotalPixels(image=image, upscale_method="lanczos", megapixels=models.edit_megapixels)
    )


def save(graph: Graph, image: Link[Image], prefix: str) -> None:
    """Add the node that saves pictures under names that begin with `prefix`."""
    graph.add(SaveImage(images=image, filename_prefix=prefix))
