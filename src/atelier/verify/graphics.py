"""What nvidia-smi says of the driver, and what torch needs of it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Driver:
    """An NVIDIA driver."""

    version: str
    #: The newest CUDA that it runs, major and minor.
    cuda: tuple[int, int]


def driver_in(text: str) -> Driver | None:
    """Return the driver that the header of `nvidia-smi` names; None where it names none."""
    found = re.search(r"Driver Version:\s*([\d.]+)\s*\|?\s*CUDA Version:\s*(\d+)\.(\d+)", text)
    if found is None:
        return None
    return Driver(version=found[1], cuda=(int(found[2]), int(found[3])))


def cuda_of_torch(version: str) -> tuple[int, int] | None:
    """Return the CUDA of a torch such as `2.8.0+cu128`; None where it has none."""
    found = re.search(r"\+cu(\d{2})(\d)\b", version)
    return None if found is None else (int(found[1]), int(found[2]))


def suffices(driver: Driver, cuda: tuple[int, int]) -> bool:
    """Return whether the driver runs a torch of that CUDA.

    Within a major release the driver of its first version suffices (CUDA's minor version compatibility).
    """
    return driver.cuda[0] >= cuda[0]
