"""The sizes of the training pictures, and their part in the training."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """A picture size, and its part in the training."""

    width: int
    height: int
    #: Share of the training batches.
    share: float
    #: Samples in a batch, in multiples of the batch size: larger pictures come in smaller batches.
    batch: float
    #: Shards to render; the first is held out for validation.
    shards: int

    @property
    def name(self) -> str:
        """Return for example "192x128"."""
        return f"{self.width}x{self.height}"


SQUARE = Size(width=128, height=128, share=0.46, batch=1, shards=41)
#: What two cores render in some minutes: the small model's data.
FEW = (
    SQUARE,
    Size(width=64, height=64, share=0.15, batch=2, shards=13),
    Size(width=192, height=192, share=0.09, batch=1 / 2, shards=5),
    Size(width=256, height=256, share=0.20, batch=1 / 3, shards=11),
    Size(width=192, height=128, share=0.05, batch=2 / 3, shards=5),
    Size(width=128, height=192, share=0.05, batch=2 / 3, shards=5),
)
#: What a larger model learns from on two cores: first what is where, in small pictures, then all sizes.
COARSE = (
    Size(width=128, height=128, share=0.65, batch=1, shards=61),
    Size(width=64, height=64, share=0.35, batch=2, shards=41),
)
MORE = (
    Size(width=128, height=128, share=0.56, batch=1, shards=61),
    Size(width=64, height=64, share=0.18, batch=2, shards=41),
    Size(width=192, height=192, share=0.07, batch=1 / 2, shards=7),
    Size(width=256, height=256, share=0.11, batch=1 / 4, shards=15),
    Size(width=192, height=128, share=0.04, batch=2 / 3, shards=7),
    Size(width=128, height=192, share=0.04, batch=2 / 3, shards=7),
)
#: The same on a machine with many cores.
MANY = (
    Size(width=128, height=128, share=0.60, batch=1, shards=241),
    Size(width=64, height=64, share=0.08, batch=2, shards=41),
    Size(width=192, height=192, share=0.08, batch=1 / 2, shards=21),
    Size(width=256, height=256, share=0.16, batch=1 / 4, shards=41),
    Size(width=192, height=128, share=0.04, batch=2 / 3, shards=11),
    Size(width=128, height=192, share=0.04, batch=2 / 3, shards=11),
)
SETS = {"few": FEW, "coarse": COARSE, "more": MORE, "many": MANY}
