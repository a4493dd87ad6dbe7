"""The weights of a model as one file: half precision, with a note on how they came about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from training.designs import NANO
from training.networks.autoencoder import Decoder, Encoder
from training.networks.denoiser import Denoiser
from training.networks.layout import Layout
from training.networks.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.designs import Design

#: What survives a training sitting, under version control.
CHECKPOINTS = Path(__file__).parent / "checkpoints"


def checkpoint(design: Design) -> Path:
    """Return where a design's weights lie under version control."""
    return CHECKPOINTS / f"{design.name}.safetensors"


def classifier(design: Design) -> Path:
    """Return where the weights of the judge of a design's world lie."""
    return CHECKPOINTS / (
        "classifier.safetensors" if design is NANO else f"classifier-{design.name}.safetensors"
    )


class Networks(nn.Module):
    """The four parts of a model, and the layout where a design trains with it."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        self.text_encoder = TextEncoder(
            len(design.vocabulary.words),
            design.vocabulary.length,
            design.text_width,
            design.text_depth,
            design.word_position_scale,
        )
        self.denoiser = Denoiser(
            channels=design.latent_channels,
            references=design.references,
            text_width=design.text_width,
            width=design.width,
            depth=design.depth,
            heads=design.heads,
            position_scale=design.position_scale,
        )
        self.layout = (
            Layout(design.width, len(design.world.kinds), len(design.world.colors))
            if design.layout_weight
            else None
        )
        self.encoder = Encoder(design.latent_channels, *design.encoder)
        self.decoder = Decoder(design.latent_channels, *design.decoder)


@dataclass(frozen=True, kw_only=True)
class History:
    """How weights came about; travels in the file's metadata."""

    #: Training samples that the denoiser has seen.
    samples: int = 0
    #: What they were trained on, in words.
    recipe: str = ""


def save(path: Path, model: nn.Module, design: Design, history: History) -> None:
    """Write all weights of `model` in half precision, in one step: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().cpu().contiguous() for name, value in model.state_dict().items()}
    metadata = {
        "design": design.name,
        "samples": str(history.samples),
        "recipe": history.recipe,
        "words": json.dumps(design.vocabulary.words),
    }
    unfinished = path.with_suffix(".unfinished")
    save_file(tensors, unfinished, metadata=metadata)
    unfinished.replace(path)


def load(path: Path, model: nn.Module, design: Design) -> History:
    """Read weights into `model`, widening the vocabulary where words were appended since.

    Raises ValueError when the file is of another design, or its words are not the first of the design's.
    """
    with safe_open(path, "pt") as file:
        metadata: Mapping[str, str] = file.metadata()
        tensors: dict[str, torch.Tensor] = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    # The small model's first files say nothing about their design.
    if (found := metadata.get("design", NANO.name)) != design.name:
        raise ValueError(f"{path} is of the design {found}, not {design.name}")
    known, words = tuple(json.loads(metadata["words"])), design.vocabulary.words
    if known != words[: len(known)]:
        raise ValueError(f"{path} was trained with other words: words may only be appended")
    name = "text_encoder.embedding.weight"
    if name in tensors:
        fresh = model.state_dict()[name].float().cpu()
        tensors[name] = torch.cat([tensors[name], fresh[len(known) :]])
    model.load_state_dict(tensors)
    return History(samples=int(metadata["samples"]), recipe=metadata["recipe"])
