"""Nodes that change how a model samples.

Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from atelier.workflows.graph import Link, Node
from atelier.workflows.sockets import Model


@dataclass(frozen=True, kw_only=True)
class ModelSamplingAuraFlow(Node[Link[Model]]):
    """ModelSamplingAuraFlow; gives MODEL."""

    CLASS_TYPE: ClassVar[str] = "ModelSamplingAuraFlow"
    OUTPUT_COUNT: ClassVar[int] = 1

    model: Link[Model]
    #: 0.0 to 100.0.
    shift: float = 1.73


@dataclass(frozen=True, kw_only=True)
class CFGNorm(Node[Link[Model]]):
    """CFGNorm; gives patched_model."""

    CLASS_TYPE: ClassVar[str] = "CFGNorm"
    OUTPUT_COUNT: ClassVar[int] = 1

    model: Link[Model]
    #: 0.0 to 100.0.
    strength: float = 1.0
