"""Contact sheets: labelled pictures of what the model draws, chosen before it was seen what it draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.attributes import COLORFUL
from training.captions import caption
from training.edits import edit
from training.evaluation import DENOISE, object_mask
from training.figures import DOCS
from training.rendering import render
from training.sampling import EDIT_CFG, Request, Shipped, paste_back
from training.scenes import Scene, random_scene
from training.worlds import SMALL

FOLDER = DOCS / "model"
PROMPTS = (
    "a flat illustration of green hills during the day, with clouds",
    "a watercolor painting of the sea at sunset",
    "pixel art of snowy mountains at night, clear sky",
    "a pencil sketch of mountains on a sunny day",
    "a vintage sepia photo of the desert at sunset",
    "a watercolor of a winter landscape in a storm",
    "a flat illustration of the ocean at night, with clouds",
    "pixel art of desert dunes with a blue sky, with clouds",
    "a flat illustration of a large red house on the left, hills at sunset",
    "a watercolor of a large green tree in the center, hills during the day",
    "pixel art of a yellow sailboat on the right, the sea at night",
    "a flat illustration of a large purple hot air balloon, mountains at sunset",
)
SHAPES = ((64, 64), (128, 128), (192, 192), (256, 256), (192, 128), (128, 192))
GAP, LABEL = 6, 26


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A picture with a label under it."""

    picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
    label: str


def draw_sheets(model: Shipped, folder: Path = FOLDER) -> list[Path]:
    """Draw all contact sheets; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {
        "text-to-image": _text_to_image(model),
        "sizes": _sizes(model),
        "edits": _edits(model),
        "inpainting": _inpainting(model),
        "image-to-image": _image_to_image(model),
        "renders": _renders(),
    }
    paths = []
    for name, rows in sheets.items():
        path = folder / f"{name}.webp"
        _sheet(rows).save(path, quality=88, method=6)
        paths.append(path)
    return paths


def _text_to_image(model: Shipped) -> list[list[Cell]]:
    rows = []
    for start in range(0, len(PROMPTS), 4):
        prompts = list(PROMPTS[start : start + 4])
        seeds = [model.draw(Request(prompts=prompts, seed=seed)) for seed in (1, 2)]
        cells = zip(prompts, *seeds, strict=True)
        rows.append([Cell(picture=one, label=prompt) for prompt, *both in cells for one in both])
    return rows


def _sizes(model: Shipped) -> list[list[Cell]]:
    rows = []
    for prompt in (PROMPTS[0], PROMPTS[1], PROMPTS[2], PROMPTS[3], PROMPTS[8]):
        cells: list[Cell] = []
        for width, height in SHAPES:
            request = Request(prompts=[prompt], width=width, height=height, seed=1)
            label = f"{width}x{height}" if cells else f"{width}x{height} {prompt}"
            cells.append(Cell(picture=model.draw(request)[0], label=label))
        rows.append(cells)
    return rows


def _edits(model: Shipped) -> list[list[Cell]]:
    rng = Random("sheet of edits")
    rows = []
    for kinds in (("sky", "sky", "style", "style"), ("land", "land", "clouds", "remove")):
        row = []
        for kind in kinds:
            scene = _scene(rng)
            change = edit(scene, kind, rng)
            source = render(scene)
            request = Request(
                prompts=[change.instruction],
                cfg=EDIT_CFG,
                seed=3,
                reference=model.encode([source]),
            )
            row += [
                Cell(picture=source, label="source"),
                Cell(picture=model.draw(request)[0], label=change.instruction),
            ]
        rows.append(row)
    return rows


def _inpainting(model: Shipped) -> list[list[Cell]]:
    rng = Random("sheet of inpainting")
    rows = []
    for _ in range(2):
        row: list[Cell] = []
        for _ in range(3):
            scene = _scene(rng)
            source = render(scene)
            mask = object_mask(scene)[None]
            prompt = caption(replace(scene, objects=()), rng, complete=True)
            request = Request(
                prompts=[prompt],
                seed=6,
                start=model.encode([source]),
                mask=mask,
            )
            grey = np.full_like(source, 128)
            row += [
                Cell(picture=paste_back([source], [grey], mask)[0], label="masked"),
                Cell(picture=paste_back([source], model.draw(request), mask)[0], label=prompt),
            ]
        rows.append(row)
    return rows


def _image_to_image(model: Shipped) -> list[list[Cell]]:
    rng = Random("sheet of image to image")
    rows = []
    for prompt in (PROMPTS[1], PROMPTS[2], PROMPTS[0]):
        source = render(_scene(rng))
        start = model.encode([source])
        row = [Cell(picture=source, label="source")]
        for denoise in DENOISE:
            request = Request(prompts=[prompt], seed=5, start=start, denoise=denoise)
            row.append(Cell(picture=model.draw(request)[0], label=f"denoise {denoise}: {prompt}"))
        rows.append(row)
    return rows


def _renders() -> list[list[Cell]]:
    rng = Random("sheet of renders")
    return [
        [
            Cell(picture=render(scene), label=caption(scene, rng))
            for scene in (random_scene(rng, SMALL) for _ in range(8))
        ]
        for _ in range(3)
    ]


def _scene(rng: Random) -> Scene:
    """Think of a scene with one object, in colour and without a storm: every edit has something to do."""
    while True:
        scene = random_scene(rng, SMALL)
        kinds = [thing.kind for thing in scene.objects]
        if len(kinds) == 1 and kinds != ["boat"] and scene.style in COLORFUL and scene.sky != "stormy":
            return scene


def _sheet(rows: list[list[Cell]]) -> Image.Image:
    """Lay out rows of pictures with their labels, wrapped to the width of the picture."""
    widths = [sum(_cell_width(cell) + GAP for cell in row) for row in rows]
    heights = [max(cell.picture.shape[0] for cell in row) + LABEL + GAP for row in rows]
    sheet = Image.new("RGB", (max(widths), sum(heights)), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(9)
    y = 0
    for row, height in zip(rows, heights, strict=True):
        x = 0
        for cell in row:
            sheet.paste(Image.fromarray(cell.picture), (x, y))
            lines = _wrapped(cell.label, _cell_width(cell), draw, font)
            draw.multiline_text((x, y + cell.picture.shape[0] + 1), lines, fill="black", font=font, spacing=0)
            x += _cell_width(cell) + GAP
        y += height
    return sheet


def _cell_width(cell: Cell) -> int:
    return max(64, cell.picture.shape[1])


def _wrapped(
    label: str, width: int, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> str:
    """Break a label into at most two lines of this width; the rest is cut off."""
    lines = [""]
    for word in label.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines[:2])
