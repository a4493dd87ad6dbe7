"""What can stand at an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

#: `unknown` where nothing answers, or what answers is none of these.
Kind = Literal["gateway", "comfyui", "comfyui-login", "embedded", "unknown"]

KINDS: Mapping[Kind, str] = {
    "gateway": "Atelier's gateway",
    "comfyui": "ComfyUI without accounts",
    "comfyui-login": "ComfyUI behind ComfyUI-Login",
    "embedded": "Atelier's embedded engine",
    "unknown": "nothing that Atelier knows",
}
