"""Bars: what a model must reach, held against an evaluation's figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Share of pictures with the sky, land, style and clouds that were asked for.
PROMPT = {"sky": 0.95, "land": 0.95, "style": 0.95, "clouds": 0.85}
#: Share of edits of sky, style and land that were done, and of everything else that was kept.
DONE, KEPT = 0.90, 0.85
#: Share of attributes of inpainted pictures that are as their surroundings.
INPAINTED = 0.85
#: What another size than 128x128 may lose of any share in `PROMPT`.
LOST = 0.05


#: What the larger model must reach as well: objects where they are asked for.
LARGE_PROMPT = {
    "sky": 0.97,
    "land": 0.97,
    "style": 0.97,
    "strict object": 0.60,
    "object place": 0.80,
    "color of what is present": 0.85,
}
LARGE_DONE, LARGE_EACH_DONE, LARGE_KEPT, UNTOUCHED = 0.85, 0.60, 0.93, 30.0
#: Pictures of each kind of edit, prompts, and scrambled objects that the judge may call present.
LARGE_EDITS, LARGE_PROMPTS, FALSE_ALARMS = 150, 500, 0.05
#: Seconds for a picture with the default settings, and the files' size in MB.
SECONDS = {"128x128": 1.5, "256x256": 5.0}
MEGABYTES = 35.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar, and what was measured."""

    what: str
    bar: str
    measured: str
    met: bool


def bars(figures: dict[str, Any]) -> list[Bar]:
    """Return every bar of the evaluated design, met or missed."""
    if figures.get("design", "nano") != "nano":
        return [
            *_large_prompt(figures["text_to_image"]),
            *_large_edits(figures["edits"]),
            *_inpainting(figures["inpainting"]),
            _at_most("scrambled objects called present", FALSE_ALARMS, *figures["judge"].values()),
            *_shipping(figures["shipping"]),
        ]
    return [
        *_prompt(figures["text_to_image"]),
        *_sizes(figures["text_to_image"]),
        *_edits(figures["edits"]),
        *_inpainting(figures["inpainting"]),
        _image_to_image(figures["image_to_image"]),
    ]


def _at_least(what: str, bar: float, measured: float) -> Bar:
    return Bar(what=what, bar=f"at least {bar:.2f}", measured=f"{measured:.3f}", met=measured >= bar)


def _at_most(what: str, bar: float, measured: float, digits: int = 3) -> Bar:
    return Bar(
        what=what, bar=f"at most {bar:g}", measured=f"{measured:.{digits}f}", met=bool(measured <= bar)
    )


def _large_prompt(figures: dict[str, Any]) -> list[Bar]:
    return [
        Bar(
            what="held-out prompts",
            bar=f"at least {LARGE_PROMPTS}",
            measured=str(figures["prompts"]),
            met=figures["prompts"] >= LARGE_PROMPTS,
        ),
        *(
            _at_least(f"{name} as asked for, 128x128", bar, figures["128x128"][name])
            for name, bar in LARGE_PROMPT.items()
        ),
    ]


def _large_edits(figures: dict[str, Any]) -> list[Bar]:
    fewest, worst = (
        min(row["edits"] for row in figures.values()),
        min(figures, key=lambda k: figures[k]["done"]),
    )
    done, kept = (sum(row[name] for row in figures.values()) / len(figures) for name in ("done", "kept"))
    pixels = {kind: row[_PIXELS] for kind, row in figures.items() if _PIXELS in row}
    least = min(pixels, key=lambda kind: pixels[kind])
    return [
        Bar(
            what="edits of each kind",
            bar=f"at least {LARGE_EDITS}",
            measured=str(fewest),
            met=fewest >= LARGE_EDITS,
        ),
        _at_least("edits done, on average over the kinds", LARGE_DONE, done),
        _at_least(f"edits done of the worst kind ({worst})", LARGE_EACH_DONE, figures[worst]["done"]),
        _at_least("all else kept, on average over the kinds", LARGE_KEPT, kept),
        Bar(
            what=f"untouched pixels as the source, in dB ({least})",
            bar=f"at least {UNTOUCHED:g}",
            measured=f"{pixels[least]:.1f}",
            met=pixels[least] >= UNTOUCHED,
        ),
    ]


_PIXELS = "untouched pixels, dB"


def _shipping(figures: dict[str, Any]) -> list[Bar]:
    return [
        *(
            _at_most(f"seconds for a picture, {size}", bar, figures[f"seconds, {size}"], 2)
            for size, bar in SECONDS.items()
        ),
        _at_most("size in MB", MEGABYTES, figures["MB"], 1),
    ]


def _prompt(figures: dict[str, Any]) -> list[Bar]:
    return [
        _at_least(f"{name} as asked for, 128x128", bar, figures["128x128"][name])
        for name, bar in PROMPT.items()
    ]


def _sizes(figures: dict[str, Any]) -> list[Bar]:
    lost = {
        (size, name): figures["128x128"][name] - scores[name]
        for size, scores in figures.items()
        if "x" in size and size != "128x128"
        for name in PROMPT
    }
    size, name = max(lost, key=lambda one: lost[one])
    most = round(lost[size, name], 3)
    return [
        Bar(
            what="what other sizes lose of these shares",
            bar=f"at most {LOST:.2f}",
            measured=f"{most:.3f} ({name}, {size})",
            met=most <= LOST,
        )
    ]


def _edits(figures: dict[str, Any]) -> list[Bar]:
    return [
        bar
        for kind in ("sky", "style", "land")
        for bar in (
            _at_least(f"edits of the {kind} done", DONE, figures[kind]["done"]),
            _at_least(f"all else kept by edits of the {kind}", KEPT, figures[kind]["kept"]),
        )
    ]


def _inpainting(figures: dict[str, Any]) -> list[Bar]:
    change = figures["largest change outside the mask"]
    return [
        _at_least("inpainted as the surroundings", INPAINTED, figures["attributes as the surroundings"]),
        Bar(
            what="change outside the mask, in steps of 1/255",
            bar="none",
            measured=str(change),
            met=change == 0,
        ),
    ]


def _image_to_image(figures: dict[str, Any]) -> Bar:
    rows = [row for name, row in figures.items() if name != "pictures"]
    source, prompt = ([row[side] for row in rows] for side in ("as the source", "as the prompt"))
    return Bar(
        what="image to image, from the source to the prompt",
        bar="falls, and rises",
        measured=f"{_listed(source)}, and {_listed(prompt)}",
        met=source == sorted(source, reverse=True) and prompt == sorted(prompt) and prompt[0] < prompt[-1],
    )


def _listed(shares: list[float]) -> str:
    return " / ".join(f"{share:.2f}" for share in shares)
