"""Where the larger embedded model lies in this repository."""

from __future__ import annotations

from pathlib import Path

WEIGHTS = Path(__file__).parents[1] / "packages" / "mini" / "src" / "atelier_mini" / "weights"
