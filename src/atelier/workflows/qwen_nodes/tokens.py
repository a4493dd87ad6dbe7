"""Qwen nodes that look at the special tokens of a prompt."""

from __future__ import annotations

from atelier.workflows.qwen_nodes.node import Commit, NativeWay, PackOrigin, QwenNode, node_type, wires
from atelier.workflows.qwen_nodes.sockets import choice, link, outputs, switch, text

GROUP = "Tokens"

_DESCRIBE = "Describe this image: <|vision_start|><|image_pad|><|vision_end|>"
_ANALYZERS_ADDED = Commit(sha="af2d2ab527079b3e4e9bd7dacb59c3421286e5d3", day="2025-09-05")
_FIND_TOKENS = NativeWay(
    nodes=("PrimitiveStringMultiline", "RegexExtract", "PreviewAny"),
    wires=wires(
        "PrimitiveStringMultiline.STRING -> RegexExtract.string", "RegexExtract.STRING -> PreviewAny.source"
    ),
    settings={"RegexExtract.regex_pattern": r"<\|[a-z_]+\|>", "RegexExtract.mode": "All Matches"},
    complete=False,
    note="It lists the special tokens in a text, without their numbers and without judging them.",
)

NODES = (
    QwenNode(
        type=node_type(
            "QwenTokenDebugger",
            "Qwen Token Debugger",
            "Qwen/Debug",
            (
                text("text", _DESCRIBE, multiline=True),
                choice(
                    "analysis_mode", "full", "tokens_only", "sequences_only", "errors_only", default="full"
                ),
                switch("include_templates", True),
                switch("validate_coordinates", True),
                text("context_text", None, multiline=True, required=False),
            ),
            outputs(
                ("analysis_report", "STRING"),
                ("validated_text", "STRING"),
                ("template_suggestions", "STRING"),
                ("total_special_tokens", "INT"),
                ("vision_tokens", "INT"),
                ("spatial_tokens", "INT"),
            ),
        ),
        group=GROUP,
        purpose="Reports which special tokens a prompt has, and which of them do not pair up.",
        origin=PackOrigin(
            path="nodes/qwen_token_debugger.py",
            first=Commit(sha="a878f8052dfa2f1f58dba57b1ff353f9170bb6f7", day="2025-09-05"),
        ),
        native_way=_FIND_TOKENS,
    ),
    QwenNode(
        type=node_type(
            "QwenTokenAnalyzer",
            "Qwen Token Analyzer",
            "Qwen/Analysis",
            (
                text("input_text", _DESCRIBE, multiline=True),
                switch("debug_mode", True),
                switch("show_token_ids", True),
                switch("validate_coordinates", True),
            ),
            outputs(
                ("analysis_json", "STRING"),
                ("token_breakdown", "STRING"),
                ("sequences_found", "STRING"),
                ("debug_info", "STRING"),
                ("total_special_tokens", "INT"),
                ("estimated_total_tokens", "INT"),
            ),
            output_node=True,
        ),
        group=GROUP,
        purpose="Counts the special tokens of a prompt, estimates its length and gives both as JSON.",
        origin=PackOrigin(path="nodes/qwen_token_analyzer_standalone.py", first=_ANALYZERS_ADDED),
        native_way=_FIND_TOKENS,
        caution="The number of tokens is an estimate: no tokenizer is run.",
    ),
    QwenNode(
        type=node_type(
            "QwenSpatialTokenGenerator",
            "Qwen Spatial Token Generator",
            "Qwen/Spatial",
            (
                link("image", "IMAGE"),
                text("prompt", multiline=True),
                choice(
                    "output_format",
                    "structured_json",
                    "xml_tags",
                    "natural_language",
                    "traditional_tokens",
                    default="structured_json",
                ),
                switch("debug_mode", False),
            ),
            outputs(("annotated_image", "IMAGE"), ("prompt", "STRING"), ("debug_info", "STRING")),
            output_node=True,
        ),
        group=GROUP,
        purpose="Turns regions that were drawn on a picture in the page into a prompt with coordinates.",
        origin=PackOrigin(path="nodes/qwen_spatial_token_generator.py", first=_ANALYZERS_ADDED),
        native_way=NativeWay(
            nodes=("PrimitiveStringMultiline", "StringConcatenate", "TextEncodeQwenImageEditPlus"),
            wires=wires(
                "PrimitiveStringMultiline.STRING -> StringConcatenate.string_a",
                "StringConcatenate.STRING -> TextEncodeQwenImageEditPlus.prompt",
            ),
            complete=False,
            note="The coordinates are written by hand; no picture with the regions is drawn.",
        ),
    ),
)
