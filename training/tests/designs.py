"""A design that is quick to compute: the larger model's world and references, in networks of few channels."""

from __future__ import annotations

from dataclasses import replace

from training.designs import MINI

QUICK = replace(MINI, text_width=32, width=48, depth=2, heads=4, encoder=(8, 8), decoder=(8, 8))
