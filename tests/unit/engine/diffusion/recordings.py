"""What a real ComfyUI computed (scripts/record_comfyui_sampling.py)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[3] / "reference" / "comfyui" / "sampling.json"


@cache
def recorded(section: str) -> Any:
    """Return a section of the recording."""
    return json.loads(_FILE.read_text(encoding="utf-8"))[section]
