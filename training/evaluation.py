"""The evaluation: held-out prompts, edits, inpainting, image to image; through the shipped files."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.attributes import PRESENT, UNKNOWN, WHOLE_PICTURE, attributes, column, wanted
from training.batches import painted
from training.captions import caption
from training.dataset import SIZES
from training.edits import Edit, edit
from training.rendering import render
from training.sampling import EDIT_CFG, Request, Shipped, paste_back
from training.scenes import LANDS, SKIES, STYLES, Scene, object_box, random_scene
from training.scores import Share, kept, kept_of_picture, score, share

if TYPE_CHECKING:
    from training.judge import Judge
    from training.sampling import Pictures

Table = NDArray[np.int64]
Figures = dict[str, Any]

SHAPES = ((64, 64), (192, 192), (256, 256), (192, 128), (128, 192))
DENOISE = (0.3, 0.6, 0.9)
#: Edits with a bar, and the rest, which are reported as they are.
GLOBAL_EDITS = ("sky", "style", "land")
OTHER_EDITS = ("clouds", "add", "remove", "color", "replace", "move")
BATCH = 15
#: What is tried instead of the engine's defaults, one at a time.
OTHER_SETTINGS: tuple[dict[str, Any], ...] = (
    {"steps": 8},
    {"steps": 12},
    {"steps": 30},
    {"cfg": 2.0},
    {"cfg": 3.0},
    {"cfg": 6.0},
    {"sampler": "dpmpp_2m"},
    {"sampler": "heun"},
    {"scheduler": "beta"},
)
OTHER_EDIT_CFGS = (1.5, 4.0)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How much to evaluate; every scene comes from a seed that training never uses."""

    judge: Judge
    model: Shipped
    prompts: int = 300
    edits: int = 150
    other_edits: int = 50
    inpaintings: int = 150
    transitions: int = 100
    #: Prompts for each of the other settings.
    trials: int = 100

    def run(self) -> Figures:
        """Return all figures as one document."""
        started = time.monotonic()
        figures: Figures = {"judge": self._judge()}
        for name, part in (
            ("text_to_image", self._text_to_image),
            ("edits", self._edits),
            ("inpainting", self._inpainting),
            ("image_to_image", self._image_to_image),
            ("settings", self._settings),
            ("autoencoder", self._autoencoder),
        ):
            figures[name] = part()
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
        return figures

    def _judge(self) -> Figures:
        return {"scrambled objects called present": round(self.judge.false_alarms(), 3)}

    def _draw(self, request: Request) -> Pictures:
        """Draw in small batches, each with its own seed."""
        pictures: Pictures = []
        for start in range(0, len(request.prompts), BATCH):
            part = slice(start, start + BATCH)

            def cut(values: Any, part: slice = part) -> Any:
                return None if values is None else values[part]

            pictures += self.model.draw(
                replace(
                    request,
                    prompts=request.prompts[part],
                    seed=request.seed + start,
                    reference=cut(request.reference),
                    mask=cut(request.mask),
                    start=cut(request.start),
                )
            )
        return pictures

    def _text_to_image(self) -> Figures:
        scenes, prompts = _prompts(self.prompts)
        asked = np.stack([wanted(scene) for scene in scenes])
        real = self.judge.attributes([render(scene) for scene in scenes])
        other = np.roll(asked, len(asked) // 3, 0)
        figures: Figures = {
            "prompts": self.prompts,
            "real renders": _values(score(real, asked)),
            "shuffled prompts": _values(score(real, other)),
        }
        for width, height in ((128, 128), *SHAPES):
            drawn = self._draw(Request(prompts=prompts, width=width, height=height, seed=1))
            figures[f"{width}x{height}"] = _values(score(self.judge.attributes(drawn), asked))
        return figures

    def _edits(self) -> Figures:
        return {
            kind: self._edits_of(kind, self.edits if kind in GLOBAL_EDITS else self.other_edits)
            for kind in (*GLOBAL_EDITS, *OTHER_EDITS)
        }

    def _edits_of(self, kind: str, count: int, cfg: float = EDIT_CFG) -> Figures:
        rng = Random(f"evaluation {kind} edits")
        scenes: list[Scene] = []
        edits: list[Edit] = []
        while len(edits) < count:
            scene = random_scene(rng)
            if _allows(scene, kind):
                scenes.append(scene)
                edits.append(edit(scene, kind, rng))
        sources = [render(scene) for scene in scenes]
        reference = self.model.encode(sources)
        drawn = self._draw(
            Request(
                prompts=[edit.instruction for edit in edits],
                cfg=cfg,
                seed=2,
                reference=reference,
            )
        )
        told = self.judge.attributes(drawn)
        ideal = self.judge.attributes([render(edit.target) for edit in edits])
        before = np.stack([attributes(scene) for scene in scenes])
        after = np.stack([attributes(edit.target) for edit in edits])
        done = _done(kind, told, before, after)
        return {
            "edits": count,
            "done": done.value,
            "interval": done.interval(),
            "done in real renders": _done(kind, ideal, before, after).value,
            "kept": kept(told, before, after).value,
            "sky, land, style and clouds kept": kept_of_picture(told, before, after).value,
            "kept in real renders": kept(ideal, before, after).value,
        }

    def _inpainting(self) -> Figures:
        """Paint the background over the only object of a scene, told what the scene is without it."""
        rng = Random("evaluation inpainting")
        scenes: list[Scene] = []
        while len(scenes) < self.inpaintings:
            scene = random_scene(rng)
            if len(scene.objects) == 1:
                scenes.append(scene)
        empty = [replace(scene, objects=()) for scene in scenes]
        mask = np.stack([object_mask(scene) for scene in scenes])
        sources = [render(scene) for scene in scenes]
        truth = [render(scene) for scene in empty]
        drawn = self._draw(
            Request(
                prompts=[caption(scene, rng, complete=True) for scene in empty],
                seed=3,
                start=self.model.encode(sources),
                mask=mask,
            )
        )
        pasted = paste_back(sources, drawn, mask)
        told = self.judge.attributes(pasted)
        asked = np.stack([attributes(scene) for scene in empty])
        columns = list(WHOLE_PICTURE.values())
        gone = np.array(
            [
                row[column(scene.objects[0].kind, PRESENT)] == 0
                for row, scene in zip(told, scenes, strict=True)
            ]
        )
        right = np.concatenate([told[:, columns] == asked[:, columns], gone[:, None]], 1)
        counted = np.concatenate([asked[:, columns] != UNKNOWN, np.ones((len(told), 1), bool)], 1)
        inside = [pixels[0].repeat(8, 0).repeat(8, 1) > 0 for pixels in mask]
        return {
            "pictures": len(scenes),
            "attributes as the surroundings": share(right, counted).value,
            "object gone": round(float(gone.mean()), 3),
            "largest change outside the mask": int(
                max(
                    np.abs(after.astype(int) - before)[~hole].max()
                    for after, before, hole in zip(pasted, sources, inside, strict=True)
                )
            ),
            "error inside the mask": _error(pasted, truth, inside),
            "error of the mean colour of the surroundings": _error(
                [_plain(source, hole) for source, hole in zip(sources, inside, strict=True)], truth, inside
            ),
        }

    def _settings(self) -> Figures:
        """Try other settings than the defaults on the first prompts and edits."""
        scenes, prompts = _prompts(self.trials)
        asked = np.stack([wanted(scene) for scene in scenes])
        drawn: Figures = {}
        for other in ({}, *OTHER_SETTINGS):
            name = ", ".join(f"{setting} {value}" for setting, value in other.items()) or "defaults"
            told = self.judge.attributes(self._draw(Request(prompts=prompts, seed=1, **other)))
            drawn[name] = _values(score(told, asked))
        edited: Figures = {}
        for cfg in (EDIT_CFG, *OTHER_EDIT_CFGS):
            parts = [self._edits_of(kind, self.trials // 2, cfg) for kind in GLOBAL_EDITS]
            edited[f"cfg {cfg}"] = {
                name: round(float(np.mean([part[name] for part in parts])), 3) for name in ("done", "kept")
            }
        return {"prompts": self.trials, "text to image": drawn, "edits": edited}

    def _autoencoder(self) -> Figures:
        """Return the PSNR in dB of pictures that were encoded and decoded, by size."""
        figures = {}
        for width, height in ((128, 128), *SHAPES):
            rng = Random("evaluation autoencoder")
            errors = []
            for _ in range(self.trials):
                picture = render(random_scene(rng), width, height)
                again = self.model.decode(self.model.encode([picture]))[0]
                errors.append(((again.astype(float) - picture) ** 2).mean())
            figures[f"{width}x{height}"] = round(float(10 * np.log10(255**2 / np.mean(errors))), 2)
        return figures

    def _image_to_image(self) -> Figures:
        """Go from one scene to the prompt of another with another sky, land and style."""
        rng = Random("evaluation image to image")
        sources = [random_scene(rng) for _ in range(self.transitions)]
        targets = [_different(scene, rng) for scene in sources]
        before = np.stack([attributes(scene) for scene in sources])[:, :3]
        after = np.stack([attributes(scene) for scene in targets])[:, :3]
        start = self.model.encode([render(scene) for scene in sources])
        prompts = [caption(scene, rng, complete=True) for scene in targets]
        figures: Figures = {"pictures": self.transitions}
        for denoise in DENOISE:
            request = Request(prompts=prompts, seed=4, start=start, denoise=denoise)
            told = self.judge.attributes(self._draw(request))[:, :3]
            figures[f"denoise {denoise}"] = {
                "as the source": round(float((told == before).mean()), 3),
                "as the prompt": round(float((told == after).mean()), 3),
            }
        return figures


def _prompts(count: int) -> tuple[list[Scene], list[str]]:
    rng = Random("evaluation prompts")
    scenes = [random_scene(rng) for _ in range(count)]
    return scenes, [caption(scene, rng, complete=True) for scene in scenes]


def _values(scores: dict[str, Share]) -> Figures:
    return {name: one.value for name, one in scores.items()}


def _allows(scene: Scene, kind: str) -> bool:
    if kind == "land":
        return not any(thing.kind == "boat" for thing in scene.objects)
    if kind == "clouds":
        return scene.sky != "stormy"
    if kind == "add":
        return len(scene.objects) < 2
    if kind == "color":
        return bool(scene.objects) and scene.style in {"flat", "watercolor", "pixel"}
    if kind == "move":
        return 0 < len(scene.objects) < 3
    return kind in GLOBAL_EDITS or bool(scene.objects)


def _done(kind: str, told: Table, before: Table, after: Table) -> Share:
    """Count the edits that did all that they should: every attribute that differs is as after the edit."""
    changed = (before != after) & (after != UNKNOWN)
    if kind in WHOLE_PICTURE:
        changed[:, [at for name, at in WHOLE_PICTURE.items() if name != kind]] = False
        changed[:, 4:] = False
    return share((~changed | (told == after)).all(1), changed.any(1))


def object_mask(scene: Scene) -> NDArray[np.float32]:
    """Mask the first object of a scene at 128x128 and a little around it, [1, 16, 16]."""
    left, top, right, bottom = object_box(scene, scene.objects[0])
    return painted(SIZES[0], (left - 0.02, top - 0.02, right + 0.03, bottom + 0.03))[None]


def _different(scene: Scene, rng: Random) -> Scene:
    def other(values: tuple[str, ...], value: str) -> str:
        return rng.choice([candidate for candidate in values if candidate != value])

    return replace(
        scene,
        sky=other(SKIES, scene.sky),
        land=other(LANDS, scene.land),
        style=other(STYLES, scene.style),
        objects=(),
    )


def _plain(picture: NDArray[np.uint8], hole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    filled = picture.copy()
    filled[hole] = picture[~hole].mean(0).astype(np.uint8)
    return filled


def _error(drawn: Pictures, truth: Pictures, holes: list[NDArray[np.bool_]]) -> float:
    """Return the root mean square error inside the holes, in steps of 1/255."""
    errors = [
        ((one.astype(float) - other)[hole] ** 2).mean()
        for one, other, hole in zip(drawn, truth, holes, strict=True)
    ]
    return round(float(np.sqrt(np.mean(errors))), 1)
