"""GPUs, from recorded answers of nvidia-smi; no GPU was there when these tests were written."""

from __future__ import annotations

import pytest

from atelier.deploy.gpus import order_findings, parse
from atelier.errors import DockerUnusable

#: In the form that `nvidia-smi --query-gpu=... --format=csv,noheader,nounits` prints; written by hand.
TWO_KINDS = (
    "0, GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c01, NVIDIA GeForce RTX 3080 Ti, 00000000:01:00.0, 12288, 11, "
    "580.95.05, 8.6\n"
    "1, GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c02, NVIDIA GeForce RTX 3090, 00000000:41:00.0, 24576, 1024, "
    "580.95.05, 8.6\n"
)
FAILED = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest "
    "NVIDIA driver is installed and running.\n"
)


def test_each_gpu_is_known_by_its_uuid() -> None:
    first, second = parse(TWO_KINDS)
    assert (first.index, first.name, first.memory) == (0, "NVIDIA GeForce RTX 3080 Ti", 12288)
    assert second.uuid == "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c02"
    assert second.capability == (8, 6)


@pytest.mark.parametrize("answer", [FAILED, "", "No devices were found\n", "0, GPU-x, A, B\n"])
def test_a_driver_that_fails_is_no_gpu(answer: str) -> None:
    with pytest.raises(DockerUnusable):
        parse(answer)


def test_two_kinds_of_gpu_may_be_numbered_differently() -> None:
    said = "\n".join(order_findings(parse(TWO_KINDS), {}))
    assert "fastest first" in said
    assert "CUDA's 0 may be another than nvidia-smi's 0 (NVIDIA GeForce RTX 3080 Ti)" in said
    assert "by UUID" in said


def test_the_order_of_the_bus_is_the_same_for_both() -> None:
    said = order_findings(parse(TWO_KINDS), {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"})
    assert "as nvidia-smi does" in said[0]


def test_a_variable_that_hides_gpus_is_named() -> None:
    said = order_findings(parse(TWO_KINDS), {"CUDA_VISIBLE_DEVICES": "1"})
    assert any("CUDA_VISIBLE_DEVICES=1" in each for each in said)


def test_one_gpu_is_number_zero_for_everybody() -> None:
    assert "the same" in order_findings(parse(TWO_KINDS.splitlines()[0]), {})[0]
