"""The text encoder: a prompt to the vectors that the denoiser listens to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atelier.engine.diffusion.network import Network
from atelier.engine.tokenizer import Tokenizer
from atelier.engine.values import Conditioning
from atelier.errors import ModelFileInvalid

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class EncodedText:
    """A prompt for the denoiser, and what of it got lost on the way."""

    conditioning: Conditioning
    #: Words that mean nothing to the model, in the order of the prompt, each once.
    unknown: tuple[str, ...]
    #: Whether the prompt had more words than the model takes.
    truncated: bool


class TextEncoder:
    """ComfyUI's CLIP: tokenizer and text encoder of one file."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Load a text encoder.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no text encoder.
        """
        self._network = Network(
            path,
            kind="text_encoder",
            inputs=("ids",),
            outputs=("tokens", "pooled", "mask"),
            threads=threads,
        )
        vocabulary = self._network.metadata.get("atelier.vocabulary")
        if vocabulary is None:
            raise ModelFileInvalid(
                f"The text encoder {path.name} brings no vocabulary: install Atelier's weights again."
            )
        self._tokenizer = Tokenizer.from_json(vocabulary)
        #: What the model was trained to draw, one sentence; empty where the file does not say.
        self.subjects = self._network.metadata.get("atelier.subjects", "")
        #: How many pictures the model looks at beside the prompt.
        self.references = self._network.references()
        #: How many words the model takes.
        self.length = self._tokenizer.length

    def encode(self, text: str) -> EncodedText:
        """Encode a prompt; an empty one gives the unconditional vectors of classifier-free guidance."""
        encoded = self._tokenizer.encode(text)
        tokens, pooled, mask = self._network.run({"ids": np.array([encoded.ids], np.int64)})
        return EncodedText(
            conditioning=Conditioning(
                tokens=tokens, pooled=pooled, tokens_mask=mask, looks_at=self.references
            ),
            unknown=encoded.unknown,
            truncated=encoded.truncated,
        )
