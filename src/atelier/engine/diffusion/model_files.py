"""The models of the engine: loaded when they are first asked for, kept until they are unloaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from atelier.engine.diffusion.denoiser import Denoiser
from atelier.engine.diffusion.text_encoder import TextEncoder
from atelier.engine.diffusion.vae import Vae
from atelier.engine.folders import Folders
from atelier.errors import ModelFileInvalid

_Loaded = TypeVar("_Loaded", Denoiser, TextEncoder, Vae)


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The names of the three files that belong together."""

    diffusion_model: str
    text_encoder: str
    vae: str


class ModelFiles:
    """Gives models by the names of their files. One thread at a time may ask."""

    def __init__(self, folders: Folders, *, threads: int | None = None) -> None:
        """Take the folders to look in and the number of threads a model may use; None chooses."""
        self._folders = folders
        self._threads = threads
        self._denoisers: dict[str, Denoiser] = {}
        self._text_encoders: dict[str, TextEncoder] = {}
        self._vaes: dict[str, Vae] = {}

    def diffusion_model(self, name: str) -> Denoiser:
        """Return a denoiser.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no diffusion model.
        """
        return self._get(self._denoisers, Denoiser, "diffusion_models", name)

    def text_encoder(self, name: str) -> TextEncoder:
        """Return a text encoder.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no text encoder.
        """
        return self._get(self._text_encoders, TextEncoder, "text_encoders", name)

    def vae(self, name: str) -> Vae:
        """Return a VAE.

        Raises:
            ModelFileInvalid: the file is missing, damaged or no VAE.
        """
        return self._get(self._vaes, Vae, "vae", name)

    def checkpoint(self, name: str) -> Checkpoint:
        """Return the names that a checkpoint file stands for.

        Raises:
            ModelFileInvalid: the file is missing or is no checkpoint.
        """
        path = self._path("checkpoints", name)
        try:
            names = {key: str(name) for key, name in json.loads(path.read_text(encoding="utf-8")).items()}
            return Checkpoint(**names)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ModelFileInvalid(
                f"The checkpoint {name} cannot be read; it is missing or damaged. "
                "Install Atelier's weights again, or choose another file."
            ) from error

    def unload(self) -> None:
        """Let go of every model; their memory is free once no result refers to them."""
        self._denoisers.clear()
        self._text_encoders.clear()
        self._vaes.clear()

    def _get(self, loaded: dict[str, _Loaded], load: Callable[..., _Loaded], kind: str, name: str) -> _Loaded:
        if name not in loaded:
            loaded[name] = load(self._path(kind, name), threads=self._threads)
        return loaded[name]

    def _path(self, kind: str, name: str) -> Path:
        return self._folders.model_path(kind, name)
