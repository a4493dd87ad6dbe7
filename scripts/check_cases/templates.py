"""The official Qwen templates as the stock page exports them, whole and with one thing broken in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.check_cases.case import Case, with_input

TEMPLATES = Path(__file__).parents[2] / "tests" / "reference" / "comfyui" / "templates_api"


def cases() -> Iterator[Case]:
    for path in sorted(TEMPLATES.glob("*.json")):
        workflow = json.loads(path.read_text(encoding="utf-8"))
        yield Case(name=f"templates/{path.stem}", workflow=workflow, run=False)
    workflow = json.loads((TEMPLATES / "image_qwen_image.json").read_text(encoding="utf-8"))
    for name, broken in _broken(workflow):
        yield Case(name=f"templates/text to image {name}", workflow=broken, run=False)


def _broken(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    sampler, decoder, loader, latent = (
        next(each for each, entry in workflow.items() if entry["class_type"] == class_type)
        for class_type in ("KSampler", "VAEDecode", "UNETLoader", "EmptySD3LatentImage")
    )

    def put(node_id: str, **inputs: Any) -> dict[str, Any]:
        return workflow | {node_id: with_input(workflow[node_id], **inputs)}

    yield "with an unknown sampler", put(sampler, sampler_name="eular")
    yield "with an unknown scheduler", put(sampler, scheduler="simpel")
    yield "with too many steps", put(sampler, steps=10001)
    yield "with too much guidance", put(sampler, cfg=100.5)
    yield "with denoise above 1", put(sampler, denoise=1.5)
    yield "with a seed as text", put(sampler, seed="7")
    yield "with a seed of -1", put(sampler, seed=-1)
    yield "with a VAE in a latent's place", put(decoder, samples=workflow[decoder]["inputs"]["vae"])
    yield "without its loader", {each: entry for each, entry in workflow.items() if each != loader}
    yield (
        "without its sampler's steps",
        workflow
        | {
            sampler: {
                **workflow[sampler],
                "inputs": {
                    name: value for name, value in workflow[sampler]["inputs"].items() if name != "steps"
                },
            }
        },
    )
    yield "of an odd size", put(latent, width=1330)
    yield "of an impossible size", put(latent, width=8)
