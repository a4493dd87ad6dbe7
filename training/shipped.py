"""Reads weights back from the ONNX files that are shipped, so that they need not be kept twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import torch
from onnx import numpy_helper

from training.export import HALVED, RESHAPED, TRANSPOSED, file_name
from training.weights import History, Networks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.designs import Design

#: Where the networks of a model lie, and what their weights' names begin with there and in `Networks`.
_FILES = (
    ("text_encoders", "", "text_encoder."),
    ("diffusion_models", "", "denoiser."),
    ("vae", "encoder.", "encoder."),
    ("vae", "decoder.", "decoder."),
)


def read(weights: Path, design: Design) -> tuple[Networks, History]:
    """Return the networks of the ONNX files in a folder; what training alone needs begins anew.

    Raises ValueError when a weight is missing, as in files of another design or of earlier exports.
    """
    model = Networks(design)
    state = model.state_dict()
    found = {}
    samples = 0
    for folder, there, here in _FILES:
        file = onnx.load(weights / folder / file_name(design))
        samples = next((int(each.value) for each in file.metadata_props if each.key == _SAMPLES), samples)
        for tensor in _tensors(file.graph):
            name, array = tensor.name.removesuffix(HALVED), numpy_helper.to_array(tensor)
            if name.endswith(TRANSPOSED):
                array = array.T
            name = here + name.removesuffix(TRANSPOSED).removesuffix(RESHAPED).removeprefix(there)
            if name in state and state[name].numel() == array.size:
                found[name] = torch.from_numpy(array.copy()).float().view(state[name].shape)
    missing = [name for name in state if name not in found and not name.startswith("layout.")]
    if missing:
        raise ValueError(f"The files in {weights} lack {len(missing)} weights, {missing[0]} for one.")
    model.load_state_dict({name: found.get(name, value) for name, value in state.items()})
    return model, History(samples=samples, recipe="read from the shipped files")


_SAMPLES = "atelier.samples"


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Return the initialisers of a graph and of the graphs in it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _tensors(attribute.g)
