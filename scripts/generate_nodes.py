"""Writes the typed node classes of atelier/workflows/nodes from a recorded `GET /object_info`.

    python -m scripts.generate_nodes

To add a node, name it in MODULES and run the script again. A test compares what it writes with what is there.
"""

from __future__ import annotations

import json
import keyword
import subprocess
import sys
from pathlib import Path

from atelier.workflows import sockets
from atelier.workflows.object_info import InputType, NodeCatalogue, NodeType

ROOT = Path(__file__).parent.parent
OBJECT_INFO = ROOT / "tests/reference/comfyui/object_info-0.3.64.json"
TARGET = ROOT / "src/atelier/workflows/nodes"

#: The node classes by module, in the order in which they are written.
MODULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "loaders": (
        "Nodes that load models.",
        (
            "UNETLoader",
            "CLIPLoader",
            "DualCLIPLoader",
            "VAELoader",
            "CheckpointLoaderSimple",
            "LoraLoaderModelOnly",
        ),
    ),
    "models": ("Nodes that change how a model samples.", ("ModelSamplingAuraFlow", "CFGNorm")),
    "conditioning": (
        "Nodes that say what to draw.",
        (
            "CLIPTextEncode",
            "TextEncodeQwenImageEdit",
            "TextEncodeQwenImageEditPlus",
            "ConditioningZeroOut",
            "FluxGuidance",
        ),
    ),
    "latents": (
        "Nodes that make and change latents.",
        (
            "EmptyLatentImage",
            "EmptySD3LatentImage",
            "VAEEncode",
            "VAEDecode",
            "RepeatLatentBatch",
            "SetLatentNoiseMask",
        ),
    ),
    "sampling": ("Nodes that sample.", ("KSampler", "SamplerCustom", "KSamplerSelect", "SDTurboScheduler")),
    "images": (
        "Nodes that load, change and save pictures.",
        (
            "LoadImage",
            "SaveImage",
            "EmptyImage",
            "ImageScale",
            "ImageScaleBy",
            "ImageScaleToTotalPixels",
            "ImagePadForOutpaint",
            "ImageCompositeMasked",
        ),
    ),
    "masks": ("Nodes that load and change masks.", ("LoadImageMask", "GrowMask", "InvertMask")),
}

#: The socket types by ComfyUI's names.
SOCKETS = {
    "MODEL": sockets.Model,
    "CLIP": sockets.Clip,
    "VAE": sockets.Vae,
    "CONDITIONING": sockets.Conditioning,
    "LATENT": sockets.Latent,
    "IMAGE": sockets.Image,
    "MASK": sockets.Mask,
    "SAMPLER": sockets.Sampler,
    "SIGMAS": sockets.Sigmas,
}

#: Choices that differ from server to server (its files) or grow with packs and releases: any text is taken,
#: and the check against a server says whether it has it.
OPEN_CHOICES = frozenset(
    {
        "ckpt_name",
        "clip_name",
        "clip_name1",
        "clip_name2",
        "image",
        "lora_name",
        "sampler_name",
        "scheduler",
        "type",
        "unet_name",
        "vae_name",
    }
)

_LITERALS = {"INT": "int", "FLOAT": "float", "STRING": "str", "BOOLEAN": "bool"}


def modules() -> dict[str, str]:
    """Return the source of each module by its file name."""
    catalogue = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))
    written = {
        f"{name}.py": _module(purpose, [_known(catalogue, each) for each in classes])
        for name, (purpose, classes) in MODULES.items()
    }
    written["__init__.py"] = (
        '"""ComfyUI\'s own nodes as typed classes, written by scripts/generate_nodes.py."""\n'
    )
    return {name: _formatted(source) for name, source in written.items()}


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    for name, source in modules().items():
        (TARGET / name).write_text(source, encoding="utf-8", newline="\n")
    print(f"{sum(len(classes) for _, classes in MODULES.values())} node classes in {TARGET}")


def _known(catalogue: NodeCatalogue, name: str) -> NodeType:
    node = catalogue.get(name)
    if node is None:
        raise SystemExit(f"{OBJECT_INFO.name} has no node {name}.")
    return node


def _module(purpose: str, nodes: list[NodeType]) -> str:
    body = "\n\n\n".join(_class(each) for each in nodes)
    used = sorted(each.__name__ for each in SOCKETS.values() if f"[{each.__name__}]" in body)
    typing = "ClassVar, Literal" if "Literal[" in body else "ClassVar"
    graph = "Link, Node" if "Link[" in body else "Node"
    return "\n".join(
        [
            f'"""{purpose}',
            "",
            "Written by scripts/generate_nodes.py from what ComfyUI 0.3.64 declares; change that.",
            '"""',
            "",
            "from __future__ import annotations",
            "",
            "from dataclasses import dataclass",
            f"from typing import {typing}",
            "",
            f"from atelier.workflows.graph import {graph}",
            f"from atelier.workflows.sockets import {', '.join(used)}" if used else "",
            "",
            "",
            body,
            "",
        ]
    )


def _class(node: NodeType) -> str:
    links = [f"Link[{SOCKETS[each.type].__name__}]" for each in node.outputs]
    given = "None" if not links else links[0] if len(links) == 1 else f"tuple[{', '.join(links)}]"
    names = ", ".join(each.name for each in node.outputs) or "nothing"
    lines = [
        "@dataclass(frozen=True, kw_only=True)",
        f"class {node.name}(Node[{given}]):",
        f'    """{node.display_name}; gives {names}."""',
        "",
        f'    CLASS_TYPE: ClassVar[str] = "{node.name}"',
        f"    OUTPUT_COUNT: ClassVar[int] = {len(node.outputs)}",
        "",
    ]
    for each in node.inputs.values():
        if not each.hidden:
            lines += _field(node, each)
    return "\n".join(lines)


def _field(node: NodeType, given: InputType) -> list[str]:
    if not given.name.isidentifier() or keyword.iskeyword(given.name):
        raise SystemExit(f"{node.name}.{given.name} cannot be the name of a field.")
    lines = []
    if given.minimum is not None and given.maximum is not None:
        multiples = f", in steps of {given.step:g}" if given.type == "INT" and (given.step or 1) > 1 else ""
        lines.append(f"    #: {given.minimum} to {given.maximum}{multiples}.")
    kind, default = _type(given), _default(given)
    if not given.required and default is None:
        kind, default = f"{kind} | None", "None"
    lines.append(f"    {given.name}: {kind}" + ("" if default is None else f" = {default}"))
    return lines


def _type(given: InputType) -> str:
    if given.type in SOCKETS:
        return f"Link[{SOCKETS[given.type].__name__}]"
    if given.type == "COMBO":
        if given.name in OPEN_CHOICES:
            return "str"
        return f"Literal[{', '.join(_text(each) for each in given.options or ())}]"
    return _LITERALS[given.type]


def _default(given: InputType) -> str | None:
    if given.type in SOCKETS or (given.type == "COMBO" and given.name in OPEN_CHOICES):
        return None
    if given.type == "COMBO":
        # What the page chooses where nothing is declared.
        first = given.default if given.default is not None else (given.options or ("",))[0]
        return _text(first)
    if given.default is None:
        return None
    if given.type == "FLOAT":
        return repr(float(given.default))
    return _text(given.default) if given.type == "STRING" else repr(given.default)


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "nodes.py", "-"]
    return subprocess.run(
        command, input=source, capture_output=True, encoding="utf-8", check=True, cwd=ROOT
    ).stdout


if __name__ == "__main__":
    main()
