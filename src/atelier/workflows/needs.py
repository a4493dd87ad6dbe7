"""What a workflow needs of an engine, and what an engine lacks of it: node classes and files of weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from atelier.schemas.needs import Needs
from atelier.workflows import wiring
from atelier.workflows.object_info import InputType, NodeCatalogue
from atelier.workflows.readiness import WEIGHTS, source_of

#: The inputs of ComfyUI's own loaders, and the folder of `models` whose files they offer (0.3.64).
FOLDERS: Mapping[tuple[str, str], str] = {
    ("AudioEncoderLoader", "audio_encoder_name"): "audio_encoders",
    ("CLIPLoader", "clip_name"): "text_encoders",
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("CheckpointLoader", "ckpt_name"): "checkpoints",
    ("CheckpointLoader", "config_name"): "configs",
    ("CheckpointLoaderSimple", "ckpt_name"): "checkpoints",
    ("ControlNetLoader", "control_net_name"): "controlnet",
    ("CreateHookLora", "lora_name"): "loras",
    ("CreateHookLoraModelOnly", "lora_name"): "loras",
    ("CreateHookModelAsLora", "ckpt_name"): "checkpoints",
    ("CreateHookModelAsLoraModelOnly", "ckpt_name"): "checkpoints",
    ("DiffControlNetLoader", "control_net_name"): "controlnet",
    ("DiffusersLoader", "model_path"): "diffusers",
    ("DualCLIPLoader", "clip_name1"): "text_encoders",
    ("DualCLIPLoader", "clip_name2"): "text_encoders",
    ("GLIGENLoader", "gligen_name"): "gligen",
    ("HypernetworkLoader", "hypernetwork_name"): "hypernetworks",
    ("ImageOnlyCheckpointLoader", "ckpt_name"): "checkpoints",
    ("LoraLoader", "lora_name"): "loras",
    ("LoraLoaderModelOnly", "lora_name"): "loras",
    ("ModelPatchLoader", "name"): "model_patches",
    ("PhotoMakerLoader", "photomaker_model_name"): "photomaker",
    ("QuadrupleCLIPLoader", "clip_name1"): "text_encoders",
    ("QuadrupleCLIPLoader", "clip_name2"): "text_encoders",
    ("QuadrupleCLIPLoader", "clip_name3"): "text_encoders",
    ("QuadrupleCLIPLoader", "clip_name4"): "text_encoders",
    ("StyleModelLoader", "style_model_name"): "style_models",
    ("TripleCLIPLoader", "clip_name1"): "text_encoders",
    ("TripleCLIPLoader", "clip_name2"): "text_encoders",
    ("TripleCLIPLoader", "clip_name3"): "text_encoders",
    ("UNETLoader", "unet_name"): "diffusion_models",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("VAELoader", "vae_name"): "vae",
    ("unCLIPCheckpointLoader", "ckpt_name"): "checkpoints",
}

#: The folders of what draws, which is the largest and the last that an engine would load twice.
_MAIN = ("diffusion_models", "checkpoints")


def needs_of(
    workflow: Mapping[str, Any], catalogue: NodeCatalogue, targets: Collection[str] | None = None
) -> Needs:
    """Return what an engine must have to run a workflow.

    All node classes count, as ComfyUI looks at those of every node; files of weights count where their node
    runs.

    Args:
        workflow: In API format; what is no node in it needs nothing.
        catalogue: Tells which nodes are outputs, and which inputs of custom nodes offer files of weights.
        targets: The output nodes that are to run; None for all.
    """
    classes = {name for node in workflow.values() if (name := wiring.class_of(node)) is not None}
    models = {
        pair
        for node_id in _running(workflow, catalogue, targets)
        for pair in _models(workflow[node_id], catalogue)
    }
    return Needs(
        node_classes=frozenset(classes),
        models=frozenset(models),
        model=_main(models),
        kind=_digest(classes, models),
    )


def lacks(needs: Needs, catalogue: NodeCatalogue) -> tuple[str, ...]:
    """Return what an engine with these node classes lacks, a few words each; empty where it has all."""
    classes = [f"the node class {name}" for name in sorted(needs.node_classes) if name not in catalogue]
    files = [
        f"the file {name} in {folder}"
        for folder, name in sorted(needs.models)
        if not any(name in options for options in _offers(folder, catalogue))
    ]
    return (*classes, *files)


def _running(
    workflow: Mapping[str, Any], catalogue: NodeCatalogue, targets: Collection[str] | None
) -> set[str]:
    outputs = [
        node_id
        for node_id, node in workflow.items()
        if (type := catalogue.get(wiring.class_of(node))) is not None
        and type.output_node
        and (targets is None or node_id in targets)
    ]
    return wiring.needed_by(outputs, wiring.sources(workflow)) if outputs else set(workflow)


def _models(node: object, catalogue: NodeCatalogue) -> Iterator[tuple[str, str]]:
    class_type = wiring.class_of(node)
    if class_type is None:
        return
    type = catalogue.get(class_type)
    for name, value in wiring.inputs_of(node).items():
        value = wiring.unwrapped(value)
        if not isinstance(value, str) or not isinstance(name, str):
            continue
        folder = FOLDERS.get((class_type, name))
        if folder is not None:
            yield folder, value
        elif type is not None and _offers_weights(type.inputs.get(name), value):
            # A loader of a custom pack: which folder it lists is not said, but the list itself is known.
            yield f"{class_type}.{name}", value


def _offers_weights(type: InputType | None, value: str) -> bool:
    if type is None or type.options is None or type.upload is not None:
        return False
    return value.lower().endswith(WEIGHTS)


def _offers(folder: str, catalogue: NodeCatalogue) -> Iterator[tuple[Any, ...]]:
    places = [place for place, each in FOLDERS.items() if each == folder]
    if not places:
        class_type, _, name = folder.rpartition(".")
        places = [(class_type, name)]
    for class_type, name in places:
        type = catalogue.get(class_type)
        if type is not None and name in type.inputs:
            yield type.inputs[name].options or ()


def _main(models: Collection[tuple[str, str]]) -> str | None:
    def rank(model: tuple[str, str]) -> tuple[int, int, str]:
        folder, name = model
        source = source_of(name)
        place = _MAIN.index(folder) if folder in _MAIN else len(_MAIN)
        return place, -((source.size or 0) if source is not None else 0), name

    return min(models, key=rank)[1] if models else None


def _digest(classes: Collection[str], models: Collection[tuple[str, str]]) -> str:
    text = json.dumps([sorted(classes), sorted(models)], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
