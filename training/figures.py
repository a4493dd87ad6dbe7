"""The figures of an evaluation as one JSON document and as the tables that the documentation shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.bars import bars

if TYPE_CHECKING:
    from training.designs import Design

DOCS = Path(__file__).parents[1] / "docs" / "explanation"
FIGURES = DOCS / "model" / "figures.json"
#: The page repeats the tables between these two lines.
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"

#: How many prompts were drawn at other sizes, where not all were.
OTHER_SIZES = "prompts of other sizes"

Figures = dict[str, Any]


def path(design: Design) -> Path:
    """Return where a design's figures are written."""
    return FIGURES if design.name == "nano" else FIGURES.with_stem(f"figures-{design.name}")


def page(design: Design) -> Path:
    """Return the page that tells of a design."""
    return DOCS / ("model.md" if design.name == "nano" else "larger-model.md")


def write(figures: Figures, path: Path) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Figures:
    """Read figures that were written."""
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures


def put_into_page(figures: Figures, page: Path) -> None:
    """Replace the tables of the page.

    Raises ValueError when the page has no place for them.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no lines {BEGIN} and {END} between which the tables go")
    page.write_text(f"{before}{BEGIN}\n\n{markdown(figures)}\n{END}{after}", encoding="utf-8")


def markdown(figures: Figures) -> str:
    """Return the figures as Markdown tables."""
    return "\n".join(
        (
            *_bars(figures),
            *_text_to_image(figures["text_to_image"]),
            *_edits(figures["edits"]),
            *_inpainting(figures["inpainting"]),
            *_image_to_image(figures["image_to_image"]),
            *_settings(figures["settings"]),
            *_autoencoder(figures["autoencoder"]),
            *_judge(figures["judge"]),
            *_shipping(figures.get("shipping", {})),
        )
    )


def _bars(figures: Figures) -> list[str]:
    rows = [[bar.what, bar.bar, bar.measured, "yes" if bar.met else "**no**"] for bar in bars(figures)]
    return ["**What it must reach:**", "", *_table(["figure", "bar", "measured", "met"], rows), ""]


def _text_to_image(figures: Figures) -> list[str]:
    columns = [name for name in figures if name not in {"prompts", OTHER_SIZES}]
    rows = [[name, *(_number(figures[column][name]) for column in columns)] for name in figures[columns[0]]]
    fewer = f" ({figures[OTHER_SIZES]} at other sizes than 128x128)" if OTHER_SIZES in figures else ""
    title = (
        f"**Text to image**, {figures['prompts']} held-out prompts{fewer}, share that the judge finds right:"
    )
    return [title, "", *_table(["asked for", *columns], rows), ""]


def _edits(figures: Figures) -> list[str]:
    pixels = "untouched pixels, dB"
    known = any(pixels in row for row in figures.values())
    rows = [
        [
            kind,
            str(row["edits"]),
            _number(row["done"]),
            f"{_number(row['interval'][0])} to {_number(row['interval'][1])}",
            _number(row["done in real renders"]),
            _number(row["kept"]),
            _number(row["sky, land, style and clouds kept"]),
            _number(row["kept in real renders"]),
            *([f"{row[pixels]:.1f}" if pixels in row else "–"] if known else []),
        ]
        for kind, row in figures.items()
    ]
    header = [
        "edit",
        "pictures",
        "done",
        "95 % interval",
        "done, real renders",
        "all else kept",
        "sky, land, style, clouds kept",
        "all else kept, real renders",
        *([pixels] if known else []),
    ]
    return ["**Edits of a picture by instruction:**", "", *_table(header, rows), ""]


def _inpainting(figures: Figures) -> list[str]:
    rows = [[name, str(value)] for name, value in figures.items()]
    return [
        "**Inpainting**, the only object of a scene painted over (errors in steps of 1/255):",
        "",
        *_table(["figure", "value"], rows),
        "",
    ]


def _image_to_image(figures: Figures) -> list[str]:
    rows = [
        [name, _number(row["as the source"]), _number(row["as the prompt"])]
        for name, row in figures.items()
        if name != "pictures"
    ]
    count = figures["pictures"]
    title = f"**Image to image**, {count} pictures; the prompt asks for another sky, land and style:"
    return [title, "", *_table(["strength", "as the source", "as the prompt"], rows), ""]


def _settings(figures: Figures) -> list[str]:
    drawn, edited = figures["text to image"], figures["edits"]
    columns = ("sky", "land", "style", "clouds", "object present", "strict object", "strict prompt")
    return [
        f"**Other settings than the defaults**, on {figures['prompts']} of the prompts at 128x128:",
        "",
        *_table(
            ["setting", *columns],
            [[name, *(_number(row[column]) for column in columns)] for name, row in drawn.items()],
        ),
        "",
        f"and on {figures['prompts'] // 2} edits each of sky, style and land (first the default):",
        "",
        *_table(
            ["setting", "done", "all else kept"],
            [[name, _number(row["done"]), _number(row["kept"])] for name, row in edited.items()],
        ),
        "",
    ]


def _autoencoder(figures: Figures) -> list[str]:
    rows = [[name, f"{value:.1f}"] for name, value in figures.items()]
    return [
        "**The autoencoder**, rendered pictures encoded and decoded:",
        "",
        *_table(["size", "PSNR, dB"], rows),
        "",
    ]


def _judge(figures: Figures) -> list[str]:
    rows = [[name, _number(value)] for name, value in figures.items()]
    return ["**The judge itself:**", "", *_table(["figure", "value"], rows), ""]


def _shipping(figures: Figures) -> list[str]:
    if not figures:
        return []
    rows = [[name, f"{value:g}"] for name, value in figures.items()]
    return ["", "**Size and speed**, the default settings:", "", *_table(["figure", "value"], rows)]


def _number(value: float) -> str:
    return f"{value:.3f}"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
