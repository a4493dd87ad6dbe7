"""What a model set is: files that are loaded together, with the values at which they draw well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

#: What a model set can do: the names of the library's workflows.
Task = Literal[
    "text_to_image",
    "image_to_image",
    "image_edit",
    "composition",
    "style_transfer",
    "inpaint",
    "outpaint",
    "upscale",
    "variations",
]

Folder = Literal["checkpoints", "diffusion_models", "loras", "text_encoders", "vae"]


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of weights: where it lies on a server, and where it can be had."""

    #: Folder below the server's `models`.
    folder: Folder
    #: Name as the server's loaders offer it, sub-folder included.
    name: str
    #: Hugging Face repository, and the path in it; None for a file that comes with Atelier.
    repository: str | None = None
    path: str | None = None
    #: Bytes, and SHA-256 in hex; None where no source is known.
    size: int | None = None
    sha256: str | None = None

    @property
    def url(self) -> str | None:
        """Where the file is downloaded from; None for a file that comes with Atelier."""
        if self.repository is None or self.path is None:
            return None
        return f"https://huggingface.co/{self.repository}/resolve/main/{self.path}"


@dataclass(frozen=True, kw_only=True)
class SeparateFiles:
    """Weights in one file for each of the three models."""

    diffusion_model: ModelFile
    #: One for CLIPLoader, two for DualCLIPLoader, in that order.
    text_encoders: tuple[ModelFile, ...]
    #: The loader's `type`.
    clip_type: str
    vae: ModelFile

    @property
    def files(self) -> tuple[ModelFile, ...]:
        return (self.diffusion_model, *self.text_encoders, self.vae)

    def renamed(self, names: Mapping[ModelFile, str]) -> SeparateFiles:
        """Return the same files under the names that a server has for them."""
        return replace(
            self,
            diffusion_model=replace(self.diffusion_model, name=names[self.diffusion_model]),
            text_encoders=tuple(replace(each, name=names[each]) for each in self.text_encoders),
            vae=replace(self.vae, name=names[self.vae]),
        )


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Weights of all three models in one file."""

    file: ModelFile

    @property
    def files(self) -> tuple[ModelFile, ...]:
        return (self.file,)

    def renamed(self, names: Mapping[ModelFile, str]) -> Checkpoint:
        """Return the same file under the name that a server has for it."""
        return replace(self, file=replace(self.file, name=names[self.file]))


@dataclass(frozen=True, kw_only=True)
class ModelSet:
    """Model files that are loaded together, and what is good for them."""

    name: str
    title: str
    tasks: frozenset[Task]
    weights: SeparateFiles | Checkpoint
    #: Loaded onto the diffusion model at strength 1; None for none.
    lora: ModelFile | None = None
    licence: str
    #: Whether the repositories ask for an account that accepted the licence.
    gated: bool = False
    #: GiB of graphics memory that the cited source reports; None where none is known, 0 for none needed.
    vram: float | None = None

    steps: int
    cfg: float
    #: Guidance for edits, where it differs from `cfg`.
    edit_cfg: float | None = None
    sampler_name: str = "euler"
    scheduler: str = "simple"
    #: Whether SamplerCustom with SDTurboScheduler samples, which needs no scheduler and takes 1 to 10 steps.
    turbo: bool = False
    #: Shift of ModelSamplingAuraFlow; None leaves the node out.
    shift: float | None = None
    #: Strength of FluxGuidance; None leaves the node out.
    guidance: float | None = None
    #: Whether there is a negative prompt at all; without one its place is taken by a conditioning of zeros.
    negative_prompt: bool = True
    #: Whether latents have 4 channels (EmptyLatentImage) instead of 16 (EmptySD3LatentImage).
    four_channels: bool = False

    #: The node class that encodes an instruction together with pictures; None where edits are not possible.
    edit_encoder: Literal["TextEncodeQwenImageEdit", "TextEncodeQwenImageEditPlus"] | None = None
    #: Strength of CFGNorm in edits; None leaves the node out.
    cfg_norm: float | None = None
    #: Megapixels to which pictures are scaled on the server before an edit; None where they must be
    #: fitted before they are uploaded, as the client does.
    edit_megapixels: float | None = None

    #: Pixels: the size for which the model was made.
    width: int
    height: int
    #: Pixels: the sides between which the client fits pictures.
    min_side: int
    max_side: int
    #: Sides are multiples of this many pixels.
    multiple: int = 16
    #: Where steps, cfg, sampler, shift and native size come from.
    source: str
    #: What to know before using it, one sentence.
    caution: str = ""

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """Every file that a server needs for it."""
        return self.weights.files if self.lora is None else (*self.weights.files, self.lora)

    def renamed(self, names: Mapping[ModelFile, str]) -> ModelSet:
        """Return the same set with its files under the names that a server has for them."""
        lora = None if self.lora is None else replace(self.lora, name=names[self.lora])
        return replace(self, weights=self.weights.renamed(names), lora=lora)
