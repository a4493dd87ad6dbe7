"""Draws the pictures of the workflow pages: what goes in, and what the embedded engine makes of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from atelier.client import ComfyUIClient
from atelier.providers.embedded import embedded_engine
from atelier.workflows.library import LIBRARY, find
from atelier.workflows.library_workflow import LibraryWorkflow
from atelier.workflows.model_sets import NANO

#: Pixels between the pictures of a strip.
GAP = 8

#: What the pictures that the examples start from are drawn with.
SOURCES: dict[str, dict[str, Any]] = {
    "hills.png": {"prompt": "green hills at sunset, with clouds", "seed": 7},
    "sea.png": {"prompt": "an oil painting of the sea at night", "seed": 5},
}


def draw_pictures(folder: Path) -> None:
    """Draw a strip for each workflow of the library into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with embedded_engine() as engine, ComfyUIClient(engine.url) as client:
        sources = {
            name: _draw(client, find("text_to_image"), parameters)[0] for name, parameters in SOURCES.items()
        }
        sources["mask.png"] = _sky_mask()
        uploaded = {name: _upload(client, name, picture) for name, picture in sources.items()}
        for workflow in LIBRARY:
            shown, given = [], dict(workflow.example)
            for parameter in workflow.parameters:
                if parameter.kind in ("picture", "mask") and parameter.name in given:
                    shown.append(sources[given[parameter.name]])
                    given[parameter.name] = uploaded[given[parameter.name]]
                elif parameter.kind == "pictures" and parameter.name in given:
                    shown += [sources[each] for each in given[parameter.name]]
                    given[parameter.name] = [uploaded[each] for each in given[parameter.name]]
            _strip([*shown, *_draw(client, workflow, given)]).save(
                folder / f"{workflow.name}.png", optimize=True
            )


def _draw(client: ComfyUIClient, workflow: LibraryWorkflow, parameters: dict[str, Any]) -> list[Image.Image]:
    pictures = client.run(workflow.build(parameters, NANO)).images()
    return [Image.open(io.BytesIO(each.data)).convert("RGB") for each in pictures]


def _upload(client: ComfyUIClient, name: str, picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return client.upload(file.getvalue(), name=name).reference


def _sky_mask() -> Image.Image:
    """Mark the upper part, where the sky is."""
    mask = Image.new("L", (NANO.width, NANO.height), 0)
    ImageDraw.Draw(mask).rectangle((0, 0, NANO.width, NANO.height * 5 // 8), fill=255)
    return mask


def _strip(pictures: list[Image.Image]) -> Image.Image:
    width = sum(each.width for each in pictures) + GAP * (len(pictures) - 1)
    strip = Image.new("RGB", (width, max(each.height for each in pictures)), "white")
    left = 0
    for each in pictures:
        strip.paste(each, (left, 0))
        left += each.width + GAP
    return strip
