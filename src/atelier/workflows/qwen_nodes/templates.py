"""Qwen nodes that put a system prompt around the prompt."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import Commit, NativeWay, PackOrigin, QwenNode, node_type, wires
from atelier.workflows.qwen_nodes.sockets import choice, fed, outputs, text

GROUP = "Templates"

_TEMPLATES_ADDED = Commit(sha="64d5ed55d9e2cfbbf1abcc00d74732118df02eaa", day="2025-08-25")

NODES = (
    QwenNode(
        type=node_type(
            "QwenTemplateBuilder",
            "Qwen Template Builder",
            "QwenImage/Templates",
            (
                text("prompt", multiline=True),
                choice(
                    "template_mode",
                    "artistic",
                    "default_edit",
                    "default_t2i",
                    "inpainting",
                    "minimal_edit",
                    "multi_image_edit",
                    "photorealistic",
                    "raw",
                    "technical",
                    default="default_edit",
                ),
                text("custom_system", multiline=True),
            ),
            outputs(("template_output", "QWEN_TEMPLATE"), ("debug_info", "STRING")),
        ),
        group=GROUP,
        purpose="Chooses one of the pack's system prompts, or takes yours, with the mode that goes with it.",
        origin=PackOrigin(path="nodes/qwen_template_builder.py", first=_TEMPLATES_ADDED),
        native_way=NativeWay(
            nodes=("PrimitiveStringMultiline", "StringConcatenate", "CLIPTextEncode", "KSampler"),
            wires=wires(
                "PrimitiveStringMultiline.STRING -> StringConcatenate.string_a",
                "StringConcatenate.STRING -> CLIPTextEncode.text",
                "CLIPTextEncode.CONDITIONING -> KSampler.positive",
            ),
            note="A text that begins with <|im_start|> keeps ComfyUI from adding its own system prompt"
            " (0.3.64, comfy/text_encoders/qwen_image.py): the first string holds the opening up to the"
            " user's turn, `string_b` the prompt and the end of the turn.",
        ),
        caution="Its first output fits only the pack's text encoders.",
    ),
    QwenNode(
        type=node_type(
            "QwenTemplateConnector",
            "Qwen Template Connector",
            "QwenImage/Templates",
            (
                fed("formatted_prompt", "STRING"),
                fed("use_with_encoder", "BOOLEAN"),
                fed("mode_info", "STRING"),
            ),
            outputs(
                ("text_for_encoder", "STRING"),
                ("encoder_mode", "STRING"),
                ("apply_template", "BOOLEAN"),
                ("token_removal", "STRING"),
            ),
        ),
        group=GROUP,
        purpose="Took the outputs of an earlier QwenTemplateBuilder apart for the text encoder.",
        origin=PackOrigin(path="nodes/qwen_template_builder.py", first=_TEMPLATES_ADDED),
        native_way=NativeWay(
            nodes=("PrimitiveStringMultiline", "CLIPTextEncode"),
            wires=wires("PrimitiveStringMultiline.STRING -> CLIPTextEncode.text"),
            note="Nothing is left to connect.",
        ),
        caution="QwenTemplateBuilder has had no such outputs since b39487c (2025-10-18).",
    ),
)
