"""Trains and asks the judge: an attribute classifier that smears, scrambles and strays do not fool.

Without negatives of that sort such a classifier calls most smears an object, and praises every generator.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name that everybody knows it by
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.attributes import PRESENT, UNKNOWN, Attributes, attributes, columns
from training.networks.classifier import SIDE, Classifier
from training.rendering import render
from training.scenes import Scene, SceneObject, object_box, random_scene
from training.weights import History, load, save

if TYPE_CHECKING:
    from training.designs import Design
    from training.worlds import World

Pictures = NDArray[np.uint8]
#: Picture sizes that the judge learns from.
SHAPES = ((128, 128), (128, 128), (64, 64), (192, 192), (256, 256), (192, 128), (128, 192))
#: Pictures rendered for its training, in parts; the first part is held out.
PARTS, PART = 80, 500
#: Share of objects that are spoilt, and of pictures that get a spoilt stranger.
SPOILT, STRANGER = 0.45, 0.4
BATCH = 64


def fit(picture: Pictures) -> Pictures:
    """Take the central square of a picture [H, W, 3] and average it down to what the judge looks at."""
    height, width = picture.shape[:2]
    unit = min(height, width)
    top, left = (height - unit) // 2, (width - unit) // 2
    square = Image.fromarray(picture[top : top + unit, left : left + unit])
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX))


class Judge:
    """Tells the attributes of pictures of a design's world."""

    def __init__(self, path: Path, design: Design) -> None:
        self.world = design.world
        self.network = Classifier(columns(design.world).values)
        load(path, self.network, design)
        self.network.eval()

    @torch.no_grad()
    def attributes(self, pictures: list[Pictures]) -> NDArray[np.int64]:
        """Return the likeliest attributes of pictures of any size, [B, attributes]."""
        told = [
            torch.stack([score.argmax(1) for score in self.network(_images(part))], 1).numpy()
            for part in _parts(np.stack([fit(picture) for picture in pictures]))
        ]
        result: NDArray[np.int64] = np.concatenate(told)
        return result

    def false_alarms(self, count: int = 400, seed: int = 9) -> float:
        """Return how many scrambled objects it still calls present."""
        rng = Random(seed)
        noise = np.random.default_rng(seed)
        spoilt, places = [], []
        for row in range(count):
            scene = random_scene(rng, self.world)
            picture = fit(render(scene)).copy()
            for thing in scene.objects:
                _spoil(picture, object_box(scene, thing), noise)
                places.append((row, columns(self.world).of(thing.kind, PRESENT)))
            spoilt.append(picture)
        told = self.attributes(spoilt)
        return float(np.mean([told[place] for place in places]))


def train(
    design: Design, source: Path | None, target: Path, minutes: float, seed: int, processes: int
) -> None:
    """Train the judge for some minutes, from `source` or from nothing, and save it."""
    torch.manual_seed(seed)
    rng, noise = Random(seed), np.random.default_rng(seed)
    network = Classifier(columns(design.world).values)
    if source is not None:
        load(source, network, design)
    with ProcessPoolExecutor(processes) as pool:
        parts = list(pool.map(_render_part, [design.world] * PARTS, range(PARTS)))
    scenes = [scene for part in parts[1:] for scene in part[0]]
    pictures = np.concatenate([part[1] for part in parts[1:]])
    print(f"{len(scenes)} pictures rendered", flush=True)
    network.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=5e-3)
    started, step = time.monotonic(), 0
    while (over := (time.monotonic() - started) / (minutes * 60)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 100) * (0.5 * (1 + math.cos(math.pi * over)) + 0.02)
        rows = rng.choices(range(len(scenes)), k=BATCH)
        spoilt = [_harden(scenes[row], pictures[row], scenes, pictures, rng, noise) for row in rows]
        images = _images(np.stack([picture for picture, _ in spoilt]))
        if rng.random() < 0.4:
            images = 0.4 * images + 0.6 * F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
        images = images + torch.randn_like(images) * rng.random() * 0.08
        truth = torch.from_numpy(np.stack([vector for _, vector in spoilt]))
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(images.contiguous(memory_format=torch.channels_last))
        error = torch.stack(
            [
                F.cross_entropy(score.float(), truth[:, number], ignore_index=UNKNOWN, reduction="sum")
                for number, score in enumerate(scores)
            ]
        ).sum() / len(truth)
        optimizer.zero_grad(set_to_none=True)
        error.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            speed = step * BATCH / (time.monotonic() - started)
            print(f"{step * BATCH} pictures, {speed:.0f}/s, loss {error.item():.3f}", flush=True)
    save(target, network.eval(), design, History(samples=step * BATCH, recipe="see training/judge.py"))
    judge = Judge(target, design)
    held_out, truth_ = parts[0][1], np.stack([attributes(scene) for scene in parts[0][0]])
    told = judge.attributes(list(held_out))
    seen = truth_ != UNKNOWN
    print(f"held out: {np.mean((told == truth_)[seen]):.3f} of all attributes")
    print(f"scrambled objects called present: {judge.false_alarms():.3f}", flush=True)


def _render_part(world: World, part: int) -> tuple[list[Scene], Pictures]:
    rng = Random(f"judge {part}")
    scenes = [random_scene(rng, world) for _ in range(PART)]
    pictures = [fit(render(scene, *rng.choice(SHAPES))) for scene in scenes]
    return scenes, np.stack(pictures)


def _harden(
    scene: Scene,
    picture: Pictures,
    scenes: list[Scene],
    pictures: Pictures,
    rng: Random,
    noise: np.random.Generator,
) -> tuple[Pictures, Attributes]:
    """Spoil some objects, which are then absent, and paste a spoilt stranger, which never was there."""
    picture, truth, at = picture.copy(), attributes(scene), columns(scene.world)
    for thing in scene.objects:
        if rng.random() < SPOILT:
            _spoil(picture, object_box(scene, thing), noise)
            first = at.of(thing.kind, PRESENT)
            truth[first] = 0
            truth[first + 1 : first + at.each] = UNKNOWN
    if rng.random() < STRANGER:
        number = rng.randrange(len(scenes))
        if scenes[number].objects:
            donor = pictures[number].copy()
            box = _pixels(object_box(scenes[number], scenes[number].objects[0]))
            _spoil(donor, object_box(scenes[number], scenes[number].objects[0]), noise)
            for thing in _paste(picture, donor, box, scene, rng):
                first = at.of(thing.kind, PRESENT)
                truth[first : first + at.each] = UNKNOWN
    return picture, truth


def _paste(
    picture: Pictures, donor: Pictures, box: tuple[int, int, int, int], scene: Scene, rng: Random
) -> list[SceneObject]:
    """Paste a part of another picture anywhere; return the objects that it may hide."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    x, y = rng.randrange(SIDE - width + 1), rng.randrange(SIDE - height + 1)
    picture[y : y + height, x : x + width] = donor[top:bottom, left:right]
    hidden = []
    for thing in scene.objects:
        a, b, c, d = _pixels(object_box(scene, thing))
        if min(c, x + width) > max(a, x) and min(d, y + height) > max(b, y):
            hidden.append(thing)
    return hidden


def _spoil(picture: Pictures, box: tuple[float, float, float, float], noise: np.random.Generator) -> None:
    """Shuffle the blocks of a part of a picture, and blur it sometimes."""
    left, top, right, bottom = _pixels(box)
    part = picture[top:bottom, left:right]
    height, width = part.shape[:2]
    if min(height, width) < 5:
        part[:] = part.mean((0, 1)).astype(np.uint8)
        return
    block = int(noise.choice((2, 3, 4, 5, 8)))
    cells = [(y, x) for y in range(0, height - block + 1, block) for x in range(0, width - block + 1, block)]
    before = part.copy()
    for (y, x), other in zip(cells, noise.permutation(len(cells)), strict=True):
        from_y, from_x = cells[other]
        part[y : y + block, x : x + block] = before[from_y : from_y + block, from_x : from_x + block]
    if noise.random() < 0.4:
        part[:] = np.asarray(Image.fromarray(part).filter(ImageFilter.BoxBlur(2)))


def _pixels(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (min(SIDE, max(0, int(value * SIDE))) for value in box)
    return left, top, min(SIDE, right + 1), min(SIDE, bottom + 1)


def _images(pictures: Pictures) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def _parts(pictures: Pictures) -> list[Pictures]:
    return [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
