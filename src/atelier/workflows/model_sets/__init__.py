"""The model sets that Atelier knows, one family a module."""

from __future__ import annotations

from atelier.workflows.model_sets.detection import LOADERS, choose, combo_options, detect
from atelier.workflows.model_sets.flux import FLUX_DEV, FLUX_DEV_FP8, FLUX_SCHNELL, FLUX_SCHNELL_FP8
from atelier.workflows.model_sets.mini import MINI
from atelier.workflows.model_sets.model_set import (
    Checkpoint,
    ModelFile,
    ModelSet,
    SeparateFiles,
    Task,
)
from atelier.workflows.model_sets.nano import NANO
from atelier.workflows.model_sets.qwen import (
    QWEN_IMAGE,
    QWEN_IMAGE_EDIT,
    QWEN_IMAGE_EDIT_2509,
    QWEN_IMAGE_EDIT_2509_LIGHTNING,
    QWEN_IMAGE_EDIT_LIGHTNING,
    QWEN_IMAGE_LIGHTNING,
)
from atelier.workflows.model_sets.stable_diffusion import SD35_LARGE, SDXL_TURBO

__all__ = [
    "EMBEDDED",
    "LOADERS",
    "MINI",
    "MODEL_SETS",
    "NANO",
    "QWEN_IMAGE",
    "QWEN_IMAGE_EDIT",
    "QWEN_IMAGE_EDIT_2509",
    "Checkpoint",
    "ModelFile",
    "ModelSet",
    "SeparateFiles",
    "Task",
    "choose",
    "combo_options",
    "detect",
]

#: Best first: where a server has several, the first that can do the task is taken. Sets that see several
#: pictures stand before those that only paste them together, and full step counts before distilled ones.
MODEL_SETS: tuple[ModelSet, ...] = (
    QWEN_IMAGE_EDIT_2509,
    QWEN_IMAGE_EDIT_2509_LIGHTNING,
    QWEN_IMAGE_EDIT,
    QWEN_IMAGE_EDIT_LIGHTNING,
    QWEN_IMAGE,
    QWEN_IMAGE_LIGHTNING,
    FLUX_DEV,
    FLUX_DEV_FP8,
    SD35_LARGE,
    FLUX_SCHNELL,
    FLUX_SCHNELL_FP8,
    SDXL_TURBO,
    MINI,
    NANO,
)

#: Those of the embedded engine, which are downloaded from nowhere.
EMBEDDED = (MINI, NANO)
