"""The evaluation: held-out prompts, edits, inpainting, image to image; through the shipped files."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.attributes import COLORFUL, PRESENT, UNKNOWN, Columns, attributes, columns, wanted
from training.batches import painted
from training.captions import caption
from training.damage import damaged
from training.edits import Edit, edit
from training.figures import OTHER_SIZES
from training.rendering import render
from training.sampling import EDIT_CFG, Request, Shipped, paste_back
from training.scenes import SWIMMING, Scene, object_box, random_scene, shows_seasons
from training.scores import Share, kept, kept_of_picture, score, share
from training.sizes import SQUARE

if TYPE_CHECKING:
    from training.judge import Judge
    from training.sampling import Pictures
    from training.worlds import World

Table = NDArray[np.int64]
Figures = dict[str, Any]

SHAPES = ((64, 64), (192, 192), (256, 256), (192, 128), (128, 192))
DENOISE = (0.3, 0.6, 0.9)
#: Edits with a bar, and the rest, which are reported as they are.
GLOBAL_EDITS = ("sky", "style", "land")
OTHER_EDITS = ("clouds", "add", "remove", "color", "replace", "move")
#: Edits that only a world with seasons has.
WIDE_EDITS = ("season", "restore", "imitate", "compose")
#: Edits that change one attribute of the whole picture, where it is not the one that they are named after.
CHANGED = {"imitate": "style"}
#: Edits that leave the other pixels as they are.
LOCAL_EDITS = frozenset({"add", "remove", "color", "replace", "move", "compose"})
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
    #: How many of them are drawn at other sizes than 128x128.
    sized: int = 300
    edits: int = 150
    other_edits: int = 50
    inpaintings: int = 150
    transitions: int = 100
    #: Prompts for each of the other settings.
    trials: int = 100

    def run(self) -> Figures:
        """Return all figures as one document."""
        started = time.monotonic()
        figures: Figures = {"design": self.model.design.name, "judge": self._judge()}
        for name, part in (
            ("text_to_image", self._text_to_image),
            ("edits", self._edits),
            ("inpainting", self._inpainting),
            ("image_to_image", self._image_to_image),
            ("settings", self._settings),
            ("autoencoder", self._autoencoder),
            ("shipping", self._shipping),
        ):
            figures[name] = part()
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
        return figures

    def _judge(self) -> Figures:
        return {"scrambled objects called present": round(self.judge.false_alarms(), 3)}

    @property
    def _world(self) -> World:
        return self.judge.world

    @property
    def _columns(self) -> Columns:
        return columns(self._world)

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
        scenes, prompts = _prompts(self.prompts, self._world)
        asked = np.stack([wanted(scene) for scene in scenes])
        real = self.judge.attributes([render(scene) for scene in scenes])
        other = np.roll(asked, len(asked) // 3, 0)
        figures: Figures = {
            "prompts": self.prompts,
            "real renders": _values(score(real, asked, self._columns)),
            "shuffled prompts": _values(score(real, other, self._columns)),
        }
        if self.sized < self.prompts:
            figures[OTHER_SIZES] = self.sized
        for width, height in ((128, 128), *SHAPES):
            count = self.prompts if (width, height) == (128, 128) else min(self.sized, self.prompts)
            drawn = self._draw(Request(prompts=prompts[:count], width=width, height=height, seed=1))
            told = self.judge.attributes(drawn)
            figures[f"{width}x{height}"] = _values(score(told, asked[:count], self._columns))
        return figures

    def _edits(self) -> Figures:
        return {
            kind: self._edits_of(kind, self.edits if kind in GLOBAL_EDITS else self.other_edits)
            for kind in (*GLOBAL_EDITS, *OTHER_EDITS, *(WIDE_EDITS if len(self._world.seasons) > 1 else ()))
        }

    def _edits_of(self, kind: str, count: int, cfg: float = EDIT_CFG) -> Figures:
        rng = Random(f"evaluation {kind} edits")
        scenes: list[Scene] = []
        edits: list[Edit] = []
        while len(edits) < count:
            scene = random_scene(rng, self._world)
            if _allows(scene, kind):
                scenes.append(scene)
                edits.append(edit(scene, kind, rng))
        sources = [source(scene, change) for scene, change in zip(scenes, edits, strict=True)]
        reference = references(self.model, sources, edits)
        drawn = self._draw(
            Request(
                prompts=[change.instruction for change in edits],
                cfg=cfg,
                seed=2,
                reference=reference,
            )
        )
        told = self.judge.attributes(drawn)
        targets = [render(change.target) for change in edits]
        ideal = self.judge.attributes(targets)
        bases = [change.before(scene) for scene, change in zip(scenes, edits, strict=True)]
        before = np.stack([attributes(scene) for scene in bases])
        after = np.stack([attributes(change.target) for change in edits])
        if kind == "restore":
            done, done_ideally = _restored(drawn, sources, targets), _restored(targets, sources, targets)
        else:
            done = self._done(kind, told, before, after)
            done_ideally = self._done(kind, ideal, before, after)
        figures: Figures = {
            "edits": count,
            "done": done.value,
            "interval": done.interval(),
            "done in real renders": done_ideally.value,
            "kept": kept(told, before, after).value,
            "sky, land, style and clouds kept": kept_of_picture(told, before, after, self._columns).value,
            "kept in real renders": kept(ideal, before, after).value,
        }
        if kind in LOCAL_EDITS:
            figures["untouched pixels, dB"] = _untouched(drawn, [render(scene) for scene in bases], targets)
        return figures

    def _done(self, kind: str, told: Table, before: Table, after: Table) -> Share:
        """Count the edits that did all that they should: whatever differs is as after the edit."""
        whole, name = self._columns.whole, CHANGED.get(kind, kind)
        changed = (before != after) & (after != UNKNOWN)
        if name in whole:
            changed[:, [at for other, at in whole.items() if other != name]] = False
            changed[:, len(whole) :] = False
        return share((~changed | (told == after)).all(1), changed.any(1))

    def _inpainting(self) -> Figures:
        """Paint the background over the only object of a scene, told what the scene is without it."""
        rng = Random("evaluation inpainting")
        scenes: list[Scene] = []
        while len(scenes) < self.inpaintings:
            scene = random_scene(rng, self._world)
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
        whole = list(self._columns.whole.values())
        gone = np.array(
            [
                row[self._columns.of(scene.objects[0].kind, PRESENT)] == 0
                for row, scene in zip(told, scenes, strict=True)
            ]
        )
        right = np.concatenate([told[:, whole] == asked[:, whole], gone[:, None]], 1)
        counted = np.concatenate([asked[:, whole] != UNKNOWN, np.ones((len(told), 1), bool)], 1)
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
        scenes, prompts = _prompts(self.trials, self._world)
        asked = np.stack([wanted(scene) for scene in scenes])
        drawn: Figures = {}
        for other in ({}, *OTHER_SETTINGS):
            name = ", ".join(f"{setting} {value}" for setting, value in other.items()) or "defaults"
            told = self.judge.attributes(self._draw(Request(prompts=prompts, seed=1, **other)))
            drawn[name] = _values(score(told, asked, self._columns))
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
                picture = render(random_scene(rng, self._world), width, height)
                again = self.model.decode(self.model.encode([picture]))[0]
                errors.append(((again.astype(float) - picture) ** 2).mean())
            figures[f"{width}x{height}"] = round(float(10 * np.log10(255**2 / np.mean(errors))), 2)
        return figures

    def _shipping(self) -> Figures:
        """Return the seconds that a picture takes, and the size of all files in MB."""
        figures: Figures = {"MB": round(self.model.size / 1e6, 1)}
        for side in (128, 256):
            request = Request(prompts=["a house on the left"], width=side, height=side)
            self.model.draw(request)
            started = time.monotonic()
            self.model.draw(request)
            figures[f"seconds, {side}x{side}"] = round(time.monotonic() - started, 2)
        return figures

    def _image_to_image(self) -> Figures:
        """Go from one scene to the prompt of another with another sky, land and style."""
        rng = Random("evaluation image to image")
        sources = [random_scene(rng, self._world) for _ in range(self.transitions)]
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


def _prompts(count: int, world: World) -> tuple[list[Scene], list[str]]:
    rng = Random("evaluation prompts")
    scenes = [random_scene(rng, world) for _ in range(count)]
    return scenes, [caption(scene, rng, complete=True) for scene in scenes]


def _values(scores: dict[str, Share]) -> Figures:
    return {name: one.value for name, one in scores.items()}


def _allows(scene: Scene, kind: str) -> bool:
    if kind == "land":
        return not any(thing.kind in SWIMMING for thing in scene.objects)
    if kind == "clouds":
        return scene.sky != "stormy"
    if kind == "add":
        return len(scene.objects) < 2
    if kind == "color":
        return bool(scene.objects) and scene.style in COLORFUL
    if kind == "move":
        return 0 < len(scene.objects) < 3
    if kind == "season":
        return shows_seasons(scene) and scene.style in COLORFUL
    return kind in {*GLOBAL_EDITS, "restore", "imitate"} or bool(scene.objects)


def object_mask(scene: Scene) -> NDArray[np.float32]:
    """Mask the first object of a scene at 128x128 and a little around it, [1, 16, 16]."""
    left, top, right, bottom = object_box(scene, scene.objects[0])
    return painted(SQUARE, (left - 0.02, top - 0.02, right + 0.03, bottom + 0.03))[None]


def _different(scene: Scene, rng: Random) -> Scene:
    def other(values: tuple[str, ...], value: str) -> str:
        return rng.choice([candidate for candidate in values if candidate != value])

    return replace(
        scene,
        sky=other(scene.world.skies, scene.sky),
        land=other(scene.world.lands, scene.land),
        style=other(scene.world.styles, scene.style),
        objects=(),
        season="summer",
    )


def references(model: Shipped, sources: Pictures, edits: list[Edit]) -> NDArray[np.float32]:
    """Encode the pictures that each edit looks at, [B, R * C, H/8, W/8], 0 where it looks at fewer."""
    first = model.encode(sources)
    stacked = np.zeros((len(edits), model.design.references, *first.shape[1:]), np.float32)
    stacked[:, 0] = first
    for row, change in enumerate(edits):
        for slot, scene in enumerate(change.others, 1):
            stacked[row, slot] = model.encode([render(scene)])[0]
    return stacked.reshape(len(edits), -1, *first.shape[2:])


def source(scene: Scene, change: Edit) -> NDArray[np.uint8]:
    """Draw picture 1 as the model sees it."""
    picture = render(scene)
    return picture if change.damage is None else damaged(picture, change.damage)


def _restored(drawn: Pictures, sources: Pictures, targets: Pictures) -> Share:
    """Count the pictures that are at least twice as close to the undamaged one as the damaged one is."""

    def errors(pictures: Pictures) -> NDArray[np.float64]:
        pairs = zip(pictures, targets, strict=True)
        return np.array([np.sqrt(((one.astype(float) - other) ** 2).mean()) for one, other in pairs])

    better = errors(drawn) <= errors(sources) / 2
    return share(better, np.ones_like(better))


def _untouched(drawn: Pictures, before: Pictures, after: Pictures) -> float:
    """Return the PSNR in dB of the pixels that an edit leaves as they are, the mean over the pictures."""
    errors = [
        ((one.astype(float) - old)[(old == new).all(2)] ** 2).mean()
        for one, old, new in zip(drawn, before, after, strict=True)
    ]
    return round(float(np.mean(10 * np.log10(255**2 / np.maximum(errors, 1e-3)))), 2)


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
