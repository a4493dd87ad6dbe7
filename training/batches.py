"""Training batches: text to image, editing and inpainting, mixed, at one picture size each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from atelier.engine.tokenizer import NOTHING, Tokenizer
from training import french_edits
from training.captions import caption, object_phrase
from training.dataset import SHARD, DataSet, load_latents, pairs
from training.scenes import Scene, object_box

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from training.edits import Edit
    from training.sizes import Size
    from training.worlds import World

#: Shares of text to image and of editing; the rest is inpainting.
TEXT_TO_IMAGE, EDITING = 0.30, 0.55
#: How much oftener than others the edits of the whole picture are practised.
PRACTICE = {"style": 3, "sky": 4, "land": 4}
#: How much oftener again new styles for sketches, which hide most of what they show.
NEW_STYLES_FOR_SKETCHES = 2
#: Share of samples without a prompt, for classifier-free guidance (Ho & Salimans, arXiv:2207.12598).
NO_PROMPT = 0.1
#: Share of captions that lose words or commas, and the share of words that they lose.
CARELESS, LOST = 0.25, 0.1
COMMA = ","


@dataclass(frozen=True)
class Batch:
    """What the denoiser is trained on; shapes as in `Denoiser`, `ids` [B, L] cut to the longest prompt.

    Pictures are float16 as they lie on the disk, which is half the way to a GPU, and float32 on a device.
    """

    latent: torch.Tensor
    reference: torch.Tensor
    mask: torch.Tensor
    ids: torch.Tensor
    #: Kind and colour of the thing at each place of the picture to draw, from 1 on; 0 where
    #: there is none; [B, H/8, W/8].
    kinds: torch.Tensor
    colors: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device, ready to compute with."""
        there = (part.to(device, non_blocking=True) for part in vars(self).values())
        return Batch(*(part.float() if part.is_floating_point() else part for part in there))

    def pin_memory(self) -> Batch:
        """Return the batch where a GPU fetches it fastest; the data loader asks for this."""
        return Batch(*(part.pin_memory() for part in vars(self).values()))


class Shelf:
    """Scenes and latents of one size."""

    def __init__(self, folder: Path, world: World, size: Size, shards: range) -> None:
        self.size = size
        self.pairs = [pair for shard in shards for pair in pairs(world, size, shard)]
        self.latents = np.concatenate([load_latents(folder, size, shard) for shard in shards])
        self.instructions: dict[int, list[int]] = {}
        self.practice = [
            number for number, (scene, edit) in enumerate(self.pairs) for _ in range(_practice(scene, edit))
        ]

    def batch(self, numbers: list[int], rng: Random, tokenizer: Tokenizer, *, drop: bool = True) -> Batch:
        """Make samples of the pairs with these numbers; without `drop`, every sample has its full prompt."""
        slots, channels, *sides = self.latents.shape[1:]
        latents = np.zeros((len(numbers), channels, *sides), np.float16)
        references = np.zeros((len(numbers), slots - 1, channels, *sides), np.float16)
        masks = np.ones((len(numbers), 1, *sides), np.float16)
        kinds = np.zeros((len(numbers), *sides), np.int64)
        colors = np.zeros_like(kinds)
        ids = []
        for row, number in enumerate(numbers):
            task, careless = rng.random(), rng if drop else None
            if TEXT_TO_IMAGE <= task < TEXT_TO_IMAGE + EDITING:
                practised = rng.choice(self.practice) if drop else number
                references[row, 0], latents[row], references[row, 1:] = _split(self.latents[practised])
                masks[row] = 0
                scene, edit = self.pairs[practised]
                shown = edit.target
                if scene.world.french and rng.random() < scene.world.french:
                    prompt = _encoded(tokenizer, french_edits.instruction(scene, edit, rng), None)
                else:
                    prompt = self._instruction(practised, tokenizer)
            else:
                side = rng.randrange(2)
                scene, edit = self.pairs[number]
                if edit.damage is not None:
                    side = 1
                shown = edit.target if side else scene
                latents[row] = self.latents[number, side]
                text = caption(shown, rng)
                if task >= TEXT_TO_IMAGE:
                    masks[row, 0], text = inpainting(shown, self.size, rng)
                    references[row, 0] = latents[row] * (1 - masks[row])
                prompt = _encoded(tokenizer, text, careless)
            for thing in shown.objects:
                here = painted(self.size, object_box(shown, thing)) > 0
                kinds[row, here] = 1 + shown.world.kinds.index(thing.kind)
                colors[row, here] = 1 + shown.world.colors.index(thing.color)
            ids.append([NOTHING] if drop and rng.random() < NO_PROMPT else prompt)
        return Batch(
            torch.from_numpy(latents),
            torch.from_numpy(references).flatten(1, 2),
            torch.from_numpy(masks),
            padded(ids),
            torch.from_numpy(kinds),
            torch.from_numpy(colors),
        )

    def _instruction(self, number: int, tokenizer: Tokenizer) -> list[int]:
        """Return the words of a pair's English instruction, which is the same every time."""
        if number not in self.instructions:
            self.instructions[number] = _encoded(tokenizer, self.pairs[number][1].instruction, None)
        return self.instructions[number]


def _split(latents: NDArray[np.float16]) -> tuple[NDArray[np.float16], ...]:
    """Part the latents of a pair into picture 1, the target, and the further pictures."""
    return latents[0], latents[1], latents[2:]


def _practice(scene: Scene, edit: Edit) -> int:
    often = PRACTICE.get(edit.kind, 1)
    return often * NEW_STYLES_FOR_SKETCHES if edit.kind == "style" and scene.style == "sketch" else often


class Batches(IterableDataset[Batch]):
    """An endless stream of training batches; the same for the same seed and numbers of processes.

    The sizes follow the seed alone, so that processes that share a step have equal work.
    """

    def __init__(self, folder: Path, data: DataSet, batch: float, seed: str, rank: int = 0) -> None:
        self.shelves = [Shelf(folder, data.design.world, size, range(1, size.shards)) for size in data.sizes]
        self.vocabulary = data.design.vocabulary
        self.batch, self.seed, self.rank = batch, seed, rank

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number = worker.id if worker else 0
        sizes = Random(f"{self.seed} {number} sizes")
        rng = Random(f"{self.seed} {number} {self.rank}")
        words = self.vocabulary.tokenizer()
        while True:
            shelf = sizes.choices(self.shelves, [shelf.size.share for shelf in self.shelves])[0]
            count = max(1, round(self.batch * shelf.size.batch))
            yield shelf.batch(rng.choices(range(len(shelf.pairs)), k=count), rng, words)


def held_out(folder: Path, data: DataSet, size: Size, count: int) -> Batch:
    """Return the same `count` samples of the validation shard every time, with full prompts."""
    shelf = Shelf(folder, data.design.world, size, range(1))
    words = data.design.vocabulary.tokenizer()
    return shelf.batch(list(range(min(count, SHARD))), Random(5), words, drop=False)


def padded(rows: list[list[int]]) -> torch.Tensor:
    """Pad prompts to the longest of them, [B, L] int64."""
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows], dtype=torch.int64)


def inpainting(scene: Scene, size: Size, rng: Random) -> tuple[NDArray[np.float32], str]:
    """Choose what to draw anew: a mask [H/8, W/8] over an object or anywhere, and a prompt for it."""
    text = caption(scene, rng)
    if scene.objects and rng.random() < 0.5:
        thing = rng.choice(scene.objects)
        grow = rng.uniform(0, 0.06)
        left, top, right, bottom = object_box(scene, thing)
        if rng.random() < 0.25:
            text = object_phrase(thing, rng, placed=scene.world.placed)
        box = (left - grow, top - grow, right + grow, bottom + grow)
        return painted(size, box, round_=rng.random() < 0.2), text
    width, height = (side / min(size.width, size.height) for side in (size.width, size.height))
    share_x, share_y = rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)
    if rng.random() < 0.2:
        # A strip along a whole side: what outpainting asks for.
        share_x, share_y = rng.choice(((1.0, share_y / 2), (share_x / 2, 1.0)))
    left = 0.5 - width / 2 + width * rng.choice((0, 1, rng.random())) * (1 - share_x)
    top = 0.5 - height / 2 + height * rng.choice((0, 1, rng.random())) * (1 - share_y)
    box = (left, top, left + width * share_x, top + height * share_y)
    return painted(size, box, round_=rng.random() < 0.3), text


def painted(
    size: Size, box: tuple[float, float, float, float], *, round_: bool = False
) -> NDArray[np.float32]:
    """Rasterise a box in scene units, or the ellipse in it, to a mask [H/8, W/8]; at least one pixel."""
    unit = min(size.width, size.height) / 8
    columns, rows = size.width // 8, size.height // 8
    left, right = ((x - 0.5) * unit + columns / 2 for x in (box[0], box[2]))
    top, bottom = ((y - 0.5) * unit + rows / 2 for y in (box[1], box[3]))
    mask = np.zeros((rows, columns), np.float32)
    x0, x1 = _within(left, right, columns)
    y0, y1 = _within(top, bottom, rows)
    mask[y0:y1, x0:x1] = 1
    if round_ and x1 - x0 > 3 and y1 - y0 > 3:
        y, x = np.mgrid[0:rows, 0:columns] + 0.5
        mask *= ((x - (x0 + x1) / 2) / (x1 - x0)) ** 2 + ((y - (y0 + y1) / 2) / (y1 - y0)) ** 2 <= 0.25
    return mask


def _within(low: float, high: float, count: int) -> tuple[int, int]:
    first = min(max(0, math.floor(low)), count - 1)
    return first, max(first + 1, min(count, math.ceil(high)))


def _encoded(tokenizer: Tokenizer, text: str, careless: Random | None) -> list[int]:
    """Tokenize a prompt; with a random source, as somebody writes who forgets words and commas."""
    ids = [number for number in tokenizer.encode(text).ids if number]
    if careless is None or careless.random() > CARELESS:
        return ids
    commas = careless.random() < 0.5
    comma = tokenizer.vocabulary[COMMA]
    return [number for number in ids if careless.random() > LOST and (commas or number != comma)] or [NOTHING]
