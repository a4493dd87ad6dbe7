"""Contact sheets: labelled pictures of what the model draws, chosen before it was seen what it draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from unicodedata import combining, normalize

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.attributes import COLORFUL
from training.captions import caption
from training.edits import Edit, edit
from training.evaluation import DENOISE, object_mask, references, source
from training.figures import DOCS
from training.rendering import render
from training.sampling import EDIT_CFG, Request, Shipped, paste_back
from training.scenes import SWIMMING, Scene, random_scene
from training.worlds import SMALL, World

FOLDER = DOCS / "model"
SMALL_PROMPTS = (
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
WIDE_PROMPTS = (
    "a red house on the left, a blue boat in the center, the sea at sunset, watercolor",
    "an oil painting of a white windmill on the right, hills in autumn, with clouds",
    "a cartoon of an orange cat on the left and a green tree on the right, hills during the day",
    "a blueprint of a lighthouse in the center, the sea at night",
    "two green trees on the left and a yellow car on the right, the desert at dawn",
    "a large purple hot air balloon on the right, mountains in winter at dawn, oil painting",
    "pixel art of a red fish on the left, the ocean in a storm",
    "une aquarelle, deux oiseaux blancs à droite, la montagne au printemps de jour",
    "un dessin au crayon, une grande maison à gauche, un paysage enneigé de nuit",
    "a sepia photo of a small car in the center, the desert, clear sky",
    "a flat illustration of two pink houses in the center, hills in spring at sunset",
    "une bande dessinée, un phare rouge à droite et un bateau jaune au centre, la mer au lever du soleil",
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
    world = model.design.world
    sheets = {
        "text-to-image": _text_to_image(model),
        "sizes": _sizes(model),
        "edits": _edits(model),
        "inpainting": _inpainting(model),
        "image-to-image": _image_to_image(model),
    }
    if model.design.references > 1:
        sheets["references"] = _references(model)
    paths = [_save(rows, folder, name, world) for name, rows in sheets.items()]
    return [*paths, draw_renders(world, folder)]


def draw_renders(world: World, folder: Path = FOLDER) -> Path:
    """Draw a contact sheet of what models of a world learn from; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    return _save(_renders(world), folder, "renders", world)


def _save(rows: list[list[Cell]], folder: Path, name: str, world: World) -> Path:
    path = folder / (f"{name}.webp" if world is SMALL else f"{world.name}-{name}.webp")
    _sheet(rows).save(path, quality=88, method=6)
    return path


def _prompts(world: World) -> tuple[str, ...]:
    return SMALL_PROMPTS if world is SMALL else WIDE_PROMPTS


def _text_to_image(model: Shipped) -> list[list[Cell]]:
    rows = []
    every = _prompts(model.design.world)
    for start in range(0, len(every), 4):
        prompts = list(every[start : start + 4])
        seeds = [model.draw(Request(prompts=prompts, seed=seed)) for seed in (1, 2)]
        cells = zip(prompts, *seeds, strict=True)
        rows.append([Cell(picture=one, label=prompt) for prompt, *both in cells for one in both])
    return rows


def _sizes(model: Shipped) -> list[list[Cell]]:
    rows = []
    every = _prompts(model.design.world)
    for prompt in (*every[:4], every[8]):
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
    things = (("add", "color", "replace", "move"),) if model.design.references > 1 else ()
    for kinds in (("sky", "sky", "style", "style"), ("land", "land", "clouds", "remove"), *things):
        row = []
        for kind in kinds:
            scene = _scene(rng, model.design.world)
            row += _edited(model, scene, edit(scene, kind, rng))
        rows.append(row)
    return rows


def _inpainting(model: Shipped) -> list[list[Cell]]:
    rng = Random("sheet of inpainting")
    rows = []
    for _ in range(2):
        row: list[Cell] = []
        for _ in range(3):
            scene = _scene(rng, model.design.world)
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
    every = _prompts(model.design.world)
    for prompt in (every[1], every[2], every[0]):
        source = render(_scene(rng, model.design.world))
        start = model.encode([source])
        row = [Cell(picture=source, label="source")]
        for denoise in DENOISE:
            request = Request(prompts=[prompt], seed=5, start=start, denoise=denoise)
            row.append(Cell(picture=model.draw(request)[0], label=f"denoise {denoise}: {prompt}"))
        rows.append(row)
    return rows


def _edited(model: Shipped, scene: Scene, change: Edit) -> list[Cell]:
    """Show the pictures that an instruction is about, and what the model makes of it."""
    first = source(scene, change)
    pictures = [first, *(render(other) for other in change.others)]
    request = Request(
        prompts=[change.instruction],
        cfg=EDIT_CFG,
        seed=3,
        reference=references(model, [first], [change]),
    )
    names = ["source"] if len(pictures) == 1 else [f"picture {number + 1}" for number in range(len(pictures))]
    return [
        *(Cell(picture=picture, label=name) for picture, name in zip(pictures, names, strict=True)),
        Cell(picture=model.draw(request)[0], label=change.instruction),
    ]


def _references(model: Shipped) -> list[list[Cell]]:
    """Show damaged pictures restored, styles imitated and pictures composed."""
    rng = Random("sheet of references")
    rows = []
    for kinds in (("restore", "restore", "imitate"), ("imitate", "compose"), ("compose", "compose")):
        row: list[Cell] = []
        for kind in kinds:
            scene = _scene(rng, model.design.world)
            row += _edited(model, scene, edit(scene, kind, rng))
        rows.append(row)
    return rows


def _renders(world: World) -> list[list[Cell]]:
    rng = Random("sheet of renders")
    return [
        [
            Cell(picture=render(scene), label=caption(scene, rng))
            for scene in (random_scene(rng, world) for _ in range(8))
        ]
        for _ in range(3 if world is SMALL else 6)
    ]


def _scene(rng: Random, world: World) -> Scene:
    """Think of a scene with one object, in colour and without a storm: every edit has something to do."""
    while True:
        scene = random_scene(rng, world)
        kinds = [thing.kind for thing in scene.objects]
        if (
            len(kinds) == 1
            and not SWIMMING & set(kinds)
            and scene.style in COLORFUL
            and scene.sky != "stormy"
        ):
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
    # The font that comes with Pillow has no accents.
    plain = "".join(letter for letter in normalize("NFKD", label) if not combining(letter))
    for word in plain.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines[:2])
