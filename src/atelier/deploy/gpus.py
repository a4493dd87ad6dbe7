"""The GPUs of this machine, and why their numbers are not the same everywhere.

nvidia-smi numbers GPUs by their place on the PCI bus. CUDA, and so torch, numbers them "fastest first" unless
CUDA_DEVICE_ORDER is PCI_BUS_ID, and only those that CUDA_VISIBLE_DEVICES leaves (CUDA C++ Programming Guide,
environment variables). A UUID is the same for both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atelier.deploy.commands import run
from atelier.errors import DockerUnusable

_FIELDS = (
    "index",
    "uuid",
    "name",
    "pci.bus_id",
    "memory.total",
    "memory.used",
    "driver_version",
    "compute_cap",
)
QUERY = ("nvidia-smi", f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits")
_SOON = 30.0


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """One GPU as nvidia-smi tells it."""

    #: nvidia-smi's number, by the place on the PCI bus.
    index: int
    uuid: str
    name: str
    bus_id: str
    #: MiB.
    memory: int
    memory_used: int
    driver: str
    #: CUDA's compute capability, such as (8, 6).
    capability: tuple[int, int]


def seen_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine, in nvidia-smi's order.

    Raises:
        DockerUnusable: there is no driver, or it does not answer.
    """
    try:
        answer = run(QUERY, deadline=_SOON)
    except DockerUnusable as error:
        raise DockerUnusable(
            f"The GPUs cannot be asked for: {error} Install NVIDIA's driver, and its container toolkit for "
            "Docker; or draw on the CPU with --cpu."
        ) from error
    return parse(answer.decode(errors="replace"))


def parse(answer: str) -> tuple[Gpu, ...]:
    """Return the GPUs of nvidia-smi's answer to `QUERY`.

    Raises:
        DockerUnusable: the answer is not what was asked for, as of a driver that failed.
    """
    found = []
    for row in csv.reader(io.StringIO(answer), skipinitialspace=True):
        if not row:
            continue
        try:
            index, uuid, name, bus_id, total, used, driver, capability = row
            major, _, minor = capability.partition(".")
            found.append(
                Gpu(
                    index=int(index),
                    uuid=uuid.strip(),
                    name=name.strip(),
                    bus_id=bus_id.strip(),
                    memory=int(total),
                    memory_used=int(used),
                    driver=driver.strip(),
                    capability=(int(major), int(minor)),
                )
            )
        except ValueError as error:
            raise DockerUnusable(f"nvidia-smi does not tell of a GPU: '{', '.join(row)}'.") from error
    if not found:
        raise DockerUnusable("nvidia-smi knows no GPU: see that the driver is loaded.")
    return tuple(sorted(found, key=lambda each: each.index))


def order_findings(gpus: Sequence[Gpu], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Say what CUDA may number differently from nvidia-smi, and what follows from the environment.

    CUDA does not publish how it rates "fastest", so no order is claimed that was not asked for.
    """
    said = []
    order = environment.get("CUDA_DEVICE_ORDER", "")
    alike = len({(each.name, each.memory) for each in gpus}) == 1
    if len(gpus) == 1:
        said.append("There is one GPU: number 0 is the same for nvidia-smi and CUDA.")
    elif order == "PCI_BUS_ID":
        said.append("CUDA_DEVICE_ORDER=PCI_BUS_ID: CUDA numbers the GPUs as nvidia-smi does.")
    elif alike:
        said.append(
            "The GPUs are of one kind, so CUDA's order, fastest first, tells nothing apart; which is 0 is "
            "not promised. Pin them by UUID."
        )
    else:
        said.append(
            "CUDA_DEVICE_ORDER is not PCI_BUS_ID here, so CUDA numbers the GPUs fastest first, and "
            f"nvidia-smi by their place on the bus: CUDA's 0 may be another than nvidia-smi's 0 "
            f"({gpus[0].name}). Pin them by UUID."
        )
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        said.append(
            f"CUDA_VISIBLE_DEVICES={visible} is set here: programs see only these, numbered anew from 0. "
            "Containers of a deployment do not inherit it."
        )
    said.append(
        "A deployment gives each container one GPU by UUID; inside it is 0 for everybody, and "
        "CUDA_DEVICE_ORDER=PCI_BUS_ID is set."
    )
    return tuple(said)
