"""The weights of the small model as one file: half precision, with a note on how they came about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from training.networks.autoencoder import Decoder, Encoder
from training.networks.denoiser import Denoiser
from training.networks.text_encoder import TextEncoder
from training.vocabulary import LENGTH, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What survives a training sitting, under version control.
CHECKPOINTS = Path(__file__).parent / "checkpoints"
NANO = CHECKPOINTS / "nano.safetensors"
CLASSIFIER = CHECKPOINTS / "classifier.safetensors"


class Nano(nn.Module):
    """The four parts of the small model."""

    def __init__(self) -> None:
        super().__init__()
        self.text_encoder = TextEncoder(len(WORDS), LENGTH)
        self.denoiser = Denoiser()
        self.encoder = Encoder()
        self.decoder = Decoder()


@dataclass(frozen=True, kw_only=True)
class History:
    """How weights came about; travels in the file's metadata."""

    #: Training samples that the denoiser has seen.
    samples: int = 0
    #: What they were trained on, in words.
    recipe: str = ""


def save(path: Path, model: nn.Module, history: History) -> None:
    """Write all weights of `model` in half precision, in one step: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().cpu().contiguous() for name, value in model.state_dict().items()}
    metadata = {"samples": str(history.samples), "recipe": history.recipe, "words": json.dumps(WORDS)}
    unfinished = path.with_suffix(".unfinished")
    save_file(tensors, unfinished, metadata=metadata)
    unfinished.replace(path)


def load(path: Path, model: nn.Module) -> History:
    """Read weights into `model`, widening the vocabulary where words were appended since.

    Raises ValueError when the file's words are not the first of `WORDS`.
    """
    with safe_open(path, "pt") as file:
        metadata: Mapping[str, str] = file.metadata()
        tensors: dict[str, torch.Tensor] = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    known = tuple(json.loads(metadata["words"]))
    if known != WORDS[: len(known)]:
        raise ValueError(f"{path} was trained with other words: words may only be appended")
    name = "text_encoder.embedding.weight"
    if name in tensors:
        fresh = model.state_dict()[name].float().cpu()
        tensors[name] = torch.cat([tensors[name], fresh[len(known) :]])
    model.load_state_dict(tensors)
    return History(samples=int(metadata["samples"]), recipe=metadata["recipe"])
