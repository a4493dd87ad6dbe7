"""Writes the pages of docs/reference/workflows from the library.

    python -m scripts.write_workflow_pages           # the pages
    python -m scripts.write_workflow_pages --draw    # and their pictures, with the embedded engine

A test compares the pages with the library; the pictures are drawn anew when the embedded model changes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from atelier.workflows.library import LIBRARY
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.mermaid import mermaid
from atelier.workflows.model_sets import MODEL_SETS, NANO, ModelFile, ModelSet
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.parameters import Parameter

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/reference/workflows"
OBJECT_INFO = ROOT / "tests/reference/comfyui/object_info-0.3.64.json"

#: The workflows that take the cfg for edits, where a model set has one.
_EDITING = frozenset({"image_edit", "style_transfer"})

_WRITTEN = "Written by `python -m scripts.write_workflow_pages`; a test compares it with the code."


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    catalogue = NodeCatalogue.parse(json.loads(OBJECT_INFO.read_text(encoding="utf-8")))
    return {
        "index.md": _index(),
        "model-sets.md": _model_sets(),
        **{f"{each.name}.md": _page(each, catalogue) for each in LIBRARY},
    }


def main() -> None:
    options = argparse.ArgumentParser(description="Write the pages of the workflow library.")
    options.add_argument("--draw", action="store_true", help="draw the pictures too")
    draw = options.parse_args().draw
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    if draw:
        from scripts.workflow_pictures import draw_pictures

        draw_pictures(FOLDER / "pictures")


# --- one workflow -------------------------------------------------------------------------------------------


def _page(workflow: LibraryWorkflow, catalogue: NodeCatalogue) -> str:
    built = workflow.build(workflow.example, NANO)
    example = ", ".join(f"{name}={value!r}" for name, value in workflow.example.items())
    given = "{" + ", ".join(f"{name!r}: {value!r}" for name, value in workflow.example.items()) + "}"
    return "\n".join(
        [
            f"# {workflow.title}",
            "",
            _WRITTEN,
            "",
            workflow.purpose,
            "",
            f"![{workflow.title} by the embedded model](pictures/{workflow.name}.png)",
            "",
            f"Left to right: {_caption(workflow)}. Drawn by the embedded model with `{example}`.",
            "",
            "## Parameters",
            "",
            *_table(
                ("name", "what it is", "range", "default", "advice"),
                [_parameter_row(each) for each in workflow.parameters],
            ),
            "",
            "## Model sets",
            "",
            "What a parameter takes from the model set. [All that is known of them](model-sets.md).",
            "",
            *_table(
                ("model set", "size", "steps", "cfg", "sampler", "scheduler"),
                [
                    _values_row(each, editing=workflow.name in _EDITING)
                    for each in MODEL_SETS
                    if workflow.name in each.tasks
                ],
            ),
            "",
            "## How it is wired",
            "",
            workflow.wiring,
            "",
            "```mermaid",
            mermaid(built, catalogue, values=False).strip(),
            "```",
            "",
            "## From Python",
            "",
            "```python",
            "from atelier.workflows.library import find",
            "from atelier.workflows.model_sets import NANO",
            "",
            f'workflow = find("{workflow.name}").build({given}, NANO)',
            "```",
            "",
            "## In API format",
            "",
            "What `POST /prompt` takes as `prompt`:",
            "",
            "```json",
            json.dumps(built, indent=2, ensure_ascii=False),
            "```",
            "",
            "## When something is wrong",
            "",
            *_table(
                ("what happens", "why", "what helps"),
                [(each.symptom, each.cause, each.remedy) for each in workflow.troubles],
            ),
            "",
        ]
    )


def _caption(workflow: LibraryWorkflow) -> str:
    given = [
        f"`{parameter.name}`"
        for parameter in workflow.parameters
        if parameter.kind in ("picture", "pictures", "mask") and parameter.name in workflow.example
    ]
    return ", ".join([*given, "the result"])


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    if parameter.required:
        default = "required"
    elif parameter.default_note:
        default = parameter.default_note
    else:
        default = "empty" if parameter.default == "" else f"{parameter.default}"
    return (f"`{parameter.name}`", parameter.purpose, parameter.range_text(), default, parameter.advice)


def _values_row(models: ModelSet, *, editing: bool) -> tuple[str, ...]:
    cfg = models.edit_cfg if editing and models.edit_cfg is not None else models.cfg
    return (
        f"`{models.name}`",
        f"{models.width} x {models.height}",
        f"{models.steps}",
        f"{cfg:g}",
        models.sampler_name,
        "its own" if models.turbo else models.scheduler,
    )


# --- the other pages ----------------------------------------------------------------------------------------


def _index() -> str:
    rows = [(f"[{each.title}]({each.name}.md)", f"`{each.name}`", each.purpose) for each in LIBRARY]
    return "\n".join(
        [
            "# Workflows",
            "",
            _WRITTEN,
            "",
            "Each is built from a few parameters for any of the [model sets](model-sets.md) that can do it, "
            "with ComfyUI's own nodes alone, and checked against the node classes of ComfyUI 0.3.64.",
            "",
            *_table(("workflow", "name", "what it does"), rows),
            "",
            "## What each model set can do",
            "",
            *_table(
                ("model set", *(f"`{each.name}`" for each in LIBRARY)),
                [
                    (
                        f"`{models.name}`",
                        *("yes" if each.name in models.tasks else "" for each in LIBRARY),
                    )
                    for models in MODEL_SETS
                ],
            ),
            "",
        ]
    )


def _model_sets() -> str:
    return "\n".join(
        [
            "# Model sets",
            "",
            _WRITTEN,
            "",
            "A model set is a choice of files that are loaded together, with the values at which they draw "
            "well. A server has it when its loaders offer every file, in whatever sub-folder. Sizes and "
            "digests are given where at least two public installers agree on them; they have not been "
            "compared with the repositories.",
            "",
            *(line for each in MODEL_SETS for line in _model_set(each)),
        ]
    )


def _model_set(models: ModelSet) -> list[str]:
    memory = "unknown" if models.vram is None else f"{models.vram:g} GiB" if models.vram else "none needed"
    facts = [
        ("licence", models.licence),
        ("asks for an account", "yes" if models.gated else "no"),
        ("graphics memory", memory),
        ("native size", f"{models.width} x {models.height} pixels"),
        ("sides", f"{models.min_side} to {models.max_side} pixels, multiples of {models.multiple}"),
        ("steps", f"{models.steps}"),
        ("cfg", f"{models.cfg:g}" + ("" if models.edit_cfg is None else f", for edits {models.edit_cfg:g}")),
        ("sampler", models.sampler_name),
        ("scheduler", "its own" if models.turbo else models.scheduler),
        ("shift", "none" if models.shift is None else f"{models.shift:g}"),
        ("guidance", "none" if models.guidance is None else f"{models.guidance:g}"),
        ("negative prompt", "yes" if models.negative_prompt else "no"),
        ("values from", models.source),
    ]
    files = [_file_row(each) for each in models.files]
    return [
        f"## {models.title}",
        "",
        f"`{models.name}`. {models.caution}".strip(),
        "",
        *_table(("what", "value"), facts),
        "",
        *_table(("file", "from", "bytes", "SHA-256"), files),
        "",
    ]


def _file_row(file: ModelFile) -> tuple[str, ...]:
    origin = "comes with Atelier" if file.url is None else f"[{file.repository}]({file.url})"
    size = "unknown" if file.size is None else f"{file.size}"
    digest = "unknown" if file.sha256 is None else f"`{file.sha256}`"
    return (f"`{file.folder}/{file.name}`", origin, size, digest)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines]


if __name__ == "__main__":
    main()
