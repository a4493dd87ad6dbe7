"""Exports the small model to ONNX, in the files that the embedded engine loads.

Weights are stored as float16 and widened by a Cast when a file is loaded: half the size, and the arithmetic
stays float32. The autoencoder becomes one file, whose `If` node runs the encoder or the decoder.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.designs import NANO
from training.networks.autoencoder import DOWNSCALE
from training.networks.denoiser import PATCH
from training.weights import History, Networks, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

    from training.designs import Design

OPSET = 17
IR_VERSION = 8
#: The sides, in pixels, that the model was trained for.
MIN_SIDE, MAX_SIDE = 64, 256
_ROOT = Path(__file__).parents[1]
#: Initialisers up to this many values stay float32.
SMALL = 256
#: What the names of weights end in that are stored transposed, in another shape, and as float16.
TRANSPOSED, RESHAPED, HALVED = ".transposed", ".reshaped", ".fp16"

Axes = dict[int, str]
Array = NDArray[np.generic]


def weights_folder(design: Design) -> Path:
    """Return where a model's ONNX files belong: in the engine, or in a data package of their own."""
    if design is NANO:
        return _ROOT / "src" / "atelier" / "engine" / "weights"
    return _ROOT / "packages" / design.name / "src" / f"atelier_{design.name}" / "weights"


def file_name(design: Design) -> str:
    """Return the name of a model's ONNX files, the same in all folders."""
    return f"atelier_{design.name}_fp16.onnx"


def export(design: Design, source: Path, weights: Path) -> list[Path]:
    """Write the model's ONNX files and the checkpoint that names them; return their paths."""
    model, name = Networks(design), file_name(design)
    history = load(source, model, design)
    model.eval()
    files = {
        "text_encoders": _text_encoder(model),
        "diffusion_models": _denoiser(model, history),
        "vae": _autoencoder(model),
    }
    written = []
    for folder, graph in files.items():
        onnx.checker.check_model(graph, full_check=True)
        path = weights / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(graph.SerializeToString(deterministic=True))
        written.append(path)
    checkpoint = weights / "checkpoints" / f"atelier_{design.name}.json"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    parts = {"diffusion_model": name, "text_encoder": name, "vae": name}
    checkpoint.write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")
    return [*written, checkpoint]


def _text_encoder(model: Networks) -> onnx.ModelProto:
    vocabulary = model.design.vocabulary
    ids = torch.zeros(2, vocabulary.length, dtype=torch.int64)
    ids[0, :3] = torch.tensor([3, 4, 5])
    ids[1, 0] = 2
    graph = _trace(
        model.text_encoder,
        (ids,),
        {"ids": {0: "batch"}},
        {"tokens": {0: "batch"}, "pooled": {0: "batch"}, "mask": {0: "batch"}},
    )
    return _finish(
        graph,
        {
            "kind": "text_encoder",
            "vocabulary": vocabulary.document(),
            "subjects": vocabulary.subjects,
            **_references(model.design),
        },
    )


def _references(design: Design) -> dict[str, int]:
    """Return how many pictures a model looks at, where it is not one."""
    return {"references": design.references} if design.references > 1 else {}


def _denoiser(model: Networks, history: History) -> onnx.ModelProto:
    picture: Axes = {0: "batch", 2: "height", 3: "width"}
    design = model.design
    latent = torch.randn(2, design.latent_channels, 8, 12)
    reference = latent.repeat(1, design.references, 1, 1)
    ids = torch.zeros(2, design.vocabulary.length, dtype=torch.int64)
    ids[:, 0] = 2
    words = model.text_encoder(ids)
    graph = _trace(
        model.denoiser,
        (latent, torch.rand(2), reference, latent[:, :1], words.tokens, words.pooled, words.mask),
        {
            "latent": picture,
            "timestep": {0: "batch"},
            "reference": picture,
            "mask": picture,
            "tokens": {0: "batch"},
            "pooled": {0: "batch"},
            "tokens_mask": {0: "batch"},
        },
        {"velocity": picture},
    )
    return _finish(
        graph,
        {
            "kind": "diffusion_model",
            "latent_channels": design.latent_channels,
            **_references(design),
            "patch": PATCH,
            "min_side": MIN_SIDE,
            "max_side": MAX_SIDE,
            "family": f"atelier_{design.name}",
            "samples": history.samples,
        },
    )


def _autoencoder(model: Networks) -> onnx.ModelProto:
    picture: Axes = {0: "batch", 2: "height", 3: "width"}
    channels = model.design.latent_channels
    encoder = _trace(model.encoder, (torch.randn(2, 3, 64, 96),), {"input": picture}, {"encoded": picture})
    decoder = _trace(
        model.decoder, (torch.randn(2, channels, 8, 12),), {"input": picture}, {"decoded": picture}
    )
    choice = helper.make_node(
        "If",
        ["decode"],
        ["output"],
        then_branch=_branch(decoder.graph, "decoder"),
        else_branch=_branch(encoder.graph, "encoder"),
    )
    graph = helper.make_graph(
        [choice],
        "autoencoder",
        [
            helper.make_tensor_value_info("decode", TensorProto.BOOL, []),
            helper.make_tensor_value_info(
                "input", TensorProto.FLOAT, ["batch", "channels", "height", "width"]
            ),
        ],
        [
            helper.make_tensor_value_info(
                "output", TensorProto.FLOAT, ["batch", "out_channels", "out_height", "out_width"]
            )
        ],
    )
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    return _finish(whole, {"kind": "vae", "latent_channels": channels, "downscale": DOWNSCALE}, halved=True)


def _trace(
    module: nn.Module,
    arguments: tuple[torch.Tensor, ...],
    inputs: Mapping[str, Axes],
    outputs: Mapping[str, Axes],
) -> onnx.ModelProto:
    """Trace a network with the TorchScript exporter, whose graphs are the smaller ones for these."""
    from io import BytesIO

    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            module,
            arguments,
            buffer,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={**inputs, **outputs},
            opset_version=OPSET,
            dynamo=False,
        )
    graph = onnx.load_from_string(buffer.getvalue())
    _name_weights(graph.graph, module)
    return graph


def _name_weights(graph: onnx.GraphProto, module: nn.Module) -> None:
    """Give weights that the exporter turned or reshaped their names back, so that they can be read again."""
    named = {tensor.name for tensor in graph.initializer}
    left = {name: value.detach().numpy() for name, value in module.named_parameters() if name not in named}
    names = {}
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        found = next(((name, way) for name, value in left.items() if (way := _way(value, array))), None)
        if tensor.name.startswith("onnx::") and found is not None:
            del left[found[0]]
            names[tensor.name] = tensor.name = "".join(found)
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]


def _way(value: Array, exported: Array) -> str:
    """Return what the name of a weight that was exported like this ends in; nothing for another weight."""
    if value.size == exported.size and np.array_equal(value.ravel(), exported.ravel()):
        return RESHAPED
    return TRANSPOSED if value.ndim == 2 and np.array_equal(value.T, exported) else ""


def _branch(graph: onnx.GraphProto, name: str) -> onnx.GraphProto:
    """Make a graph a branch of an `If`: it sees `input` of the graph around it and has no inputs."""
    halved = _halve(graph)
    seen = {"input"}

    def rename(value: str) -> str:
        return value if value in seen or not value else f"{name}.{value}"

    for node in halved.node:
        node.name = rename(node.name)
        node.input[:] = [rename(value) for value in node.input]
        node.output[:] = [rename(value) for value in node.output]
    for tensor in halved.initializer:
        tensor.name = rename(tensor.name)
    for value in halved.output:
        value.name = rename(value.name)
    del halved.input[:], halved.value_info[:]
    halved.name = name
    return halved


def _halve(graph: onnx.GraphProto) -> onnx.GraphProto:
    """Store large float32 constants as float16, each widened by a Cast that loading folds away."""
    result = onnx.GraphProto()
    result.CopyFrom(graph)
    del result.initializer[:], result.node[:]
    casts: list[onnx.NodeProto] = []
    rest: list[onnx.NodeProto] = []

    def store(name: str, tensor: onnx.TensorProto) -> bool:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size <= SMALL:
            return False
        result.initializer.append(numpy_helper.from_array(array.astype(np.float16), f"{name}{HALVED}"))
        casts.append(
            helper.make_node("Cast", [f"{name}{HALVED}"], [name], f"{name}.widen", to=TensorProto.FLOAT)
        )
        return True

    for tensor in graph.initializer:
        if not store(tensor.name, tensor):
            result.initializer.append(tensor)
    for node in graph.node:
        constant = node.op_type == "Constant" and node.attribute[0].name == "value"
        if not (constant and store(node.output[0], node.attribute[0].t)):
            rest.append(node)
    result.node.extend([*casts, *rest])
    return result


def _finish(model: onnx.ModelProto, metadata: Mapping[str, Any], *, halved: bool = False) -> onnx.ModelProto:
    """Give a model its metadata and nothing that differs from one export to the next."""
    if not halved:
        model.graph.CopyFrom(_halve(model.graph))
    _forget_places(model.graph.node)
    model.producer_name = "atelier"
    model.producer_version = ""
    model.ir_version = IR_VERSION
    helper.set_model_props(
        model, {f"atelier.{key}": str(value) for key, value in {**metadata, "format": 1}.items()}
    )
    return model


def _forget_places(nodes: Sequence[onnx.NodeProto]) -> None:
    for node in nodes:
        node.doc_string = ""
