"""How much memory the machine has."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes of memory; 0 where the system does not say."""

    total: int
    free: int


def read_memory() -> Memory:
    """Return the machine's memory as the system reports it now."""
    if sys.platform == "win32":
        return _windows()
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        return parse_meminfo(meminfo.read_text(encoding="ascii"))
    return Memory(total=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), free=0)


def parse_meminfo(text: str) -> Memory:
    """Read Linux's /proc/meminfo, which counts in KiB."""
    sizes = {
        name: int(rest.split()[0]) * 1024
        for name, _, rest in (line.partition(":") for line in text.splitlines())
    }
    return Memory(total=sizes.get("MemTotal", 0), free=sizes.get("MemAvailable", 0))


def _windows() -> Memory:
    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return Memory(total=0, free=0)
    return Memory(total=status.total, free=status.free)
