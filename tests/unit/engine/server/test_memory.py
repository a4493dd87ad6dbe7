"""The machine's memory."""

from __future__ import annotations

from atelier.engine.server.memory import Memory, parse_meminfo, read_memory


def test_linux_says_its_memory_in_kibibytes() -> None:
    text = "MemTotal:  16384 kB\nMemFree:  1024 kB\nMemAvailable:  8192 kB\nHugePages_Total:  0\n"
    assert parse_meminfo(text) == Memory(total=16384 * 1024, free=8192 * 1024)


def test_what_is_not_said_is_zero() -> None:
    assert parse_meminfo("") == Memory(total=0, free=0)


def test_this_machine_has_memory() -> None:
    memory = read_memory()
    assert memory.total >= memory.free >= 0
    assert memory.total > 0
