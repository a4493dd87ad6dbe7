"""What an engine is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from atelier.errors import UsageError

PreviewMethod = Literal["none", "latent2rgb"]

_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """How one embedded engine runs; a value that is not possible raises UsageError."""

    #: Where `input`, `output`, `temp` and `user` live; created where missing.
    directory: Path
    #: Address to listen on. Whoever reaches it may use the engine: it asks for no password.
    host: str = "127.0.0.1"
    #: 0 takes a free port.
    port: int = 8188
    #: Threads for drawing; None: one for each core.
    threads: int | None = None
    #: Folders of model files beside the engine's own, each with one sub-folder a kind.
    models: tuple[Path, ...] = ()
    #: Whether samplers send a picture of each step.
    preview_method: PreviewMethod = "none"
    #: The longest request body, in bytes.
    max_upload_size: int = 100 * _MIB
    #: Serve the stock ComfyUI page where it is installed.
    page: bool = True
    #: Further host names under which the engine is reached, such as behind a reverse proxy.
    trusted_hosts: frozenset[str] = frozenset()
    #: Seconds between WebSocket pings; a peer that is silent for half as long again is gone.
    heartbeat: float = 30.0

    def __post_init__(self) -> None:
        if self.preview_method not in ("none", "latent2rgb"):
            raise UsageError(f"'{self.preview_method}' is no preview method: use none or latent2rgb.")
        if not 0 <= self.port <= 65535:
            raise UsageError(f"{self.port} is no port: use 0 to 65535.")
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"The engine cannot draw with {self.threads} threads: use 1 or more.")
        if self.max_upload_size < _MIB:
            raise UsageError(f"The longest request body must be {_MIB} bytes or more.")
        if self.heartbeat <= 0:
            raise UsageError("The time between pings must be above 0 seconds.")
