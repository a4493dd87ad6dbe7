"""How long the embedded model takes to draw."""

from __future__ import annotations

import statistics
import time

from atelier.client import ComfyUIClient


def picture_seconds(url: str, *, side: int, runs: int = 5) -> float:
    """Return the median time of one picture of side x side pixels, 20 steps with guidance, models warm."""
    times = []
    with ComfyUIClient(url) as client:
        for seed in range(runs + 1):
            began = time.perf_counter()
            client.generate_text2image(
                "the sea at night", width=side, height=side, steps=20, cfg=4.0, seed=seed
            )
            times.append(time.perf_counter() - began)
    return statistics.median(times[1:])
