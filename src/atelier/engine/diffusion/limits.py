"""The sizes that the embedded engine works with, and the sentences that refuse others."""

from __future__ import annotations

from atelier.errors import NodeInputInvalid, SizeBeyondLimit

#: Pixels a latent cell stands for, along each side; ComfyUI's latent nodes count in the same cells.
DOWNSCALE = 8
#: Sides in pixels that a latent node may ask for before a model is known. The weights name their own
#: limits, which are checked when they sample; a test holds both together.
MIN_SIDE, MAX_SIDE = 64, 256
#: The longest side in pixels that is turned into a latent or back: memory grows with the area.
MAX_CODED_SIDE = 1024
#: Pictures drawn at once: memory grows with their number.
MAX_BATCH = 64

_REMEDY = (
    "Scale the picture first, with ImageScale to at most {high} x {high}, "
    "or choose another width and height for the latent."
)


def side_problem(name: str, side: int) -> str | None:
    """Return what is wrong with a side in pixels that a node was asked for, or None."""
    cells = side // DOWNSCALE * DOWNSCALE
    if MIN_SIDE <= cells <= MAX_SIDE:
        return None
    return (
        f"The embedded model draws {MIN_SIDE} to {MAX_SIDE} pixels a side; a {name} of {side} is beyond that."
    )


def check_batch(size: int) -> None:
    """Raise NodeInputInvalid when a batch is larger than the engine's memory should hold."""
    if size > MAX_BATCH:
        raise NodeInputInvalid(
            f"A batch of {size} pictures is beyond the embedded engine's limit of {MAX_BATCH}: "
            "queue the prompt several times with other seeds instead."
        )


def check_drawable(width: int, height: int, *, low: int = MIN_SIDE, high: int = MAX_SIDE) -> None:
    """Raise SizeBeyondLimit when a picture of this size in pixels is not one that the model draws."""
    if low <= min(width, height) and max(width, height) <= high:
        return
    raise SizeBeyondLimit(
        f"A picture of {width} x {height} pixels is beyond the embedded model's limit: "
        f"it draws {low} to {high} pixels a side. {_REMEDY.format(high=high)}"
    )


def check_coded(width: int, height: int) -> None:
    """Raise SizeBeyondLimit when a picture of this size in pixels is too large for the VAE's memory."""
    if max(width, height) <= MAX_CODED_SIDE:
        return
    raise SizeBeyondLimit(
        f"A picture of {width} x {height} pixels is beyond the embedded VAE's limit of {MAX_CODED_SIDE} "
        f"pixels a side. {_REMEDY.format(high=MAX_SIDE)}"
    )
