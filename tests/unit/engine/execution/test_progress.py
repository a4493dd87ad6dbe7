"""`progress_state` repeats every node that began, and stays affordable."""

from __future__ import annotations

from atelier.engine.progress import ProgressBoard


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_message_does_not_change_once_it_is_made() -> None:
    board = ProgressBoard("p", Clock())
    first = board.start("1")
    board.update("1", 3, 20)
    board.finish("1")
    assert first is not None
    assert first["nodes"]["1"]["value"] == 0.0
    assert first["nodes"]["1"]["state"] == "running"


def test_steps_and_the_end_are_told() -> None:
    board = ProgressBoard("p", Clock())
    board.start("1")
    step = board.update("1", 3, 20)
    assert step is not None
    assert (step["nodes"]["1"]["value"], step["nodes"]["1"]["max"]) == (3, 20)
    end = board.finish("1")
    assert end is not None
    assert (end["nodes"]["1"]["value"], end["nodes"]["1"]["state"]) == (20, "finished")


def test_a_small_workflow_is_told_change_by_change() -> None:
    board = ProgressBoard("p", Clock())
    told = [message for each in range(50) for message in (board.start(str(each)), board.finish(str(each)))]
    assert None not in told
    assert board.rest() is None


def test_a_large_workflow_is_told_ten_times_a_second_and_at_its_end() -> None:
    clock = Clock()
    board = ProgressBoard("p", clock)
    told = 0
    for each in range(1000):
        clock.now += 0.001
        told += board.start(str(each)) is not None
        told += board.finish(str(each)) is not None
    # 100 nodes change by change, then 0.9 seconds.
    assert 200 <= told <= 210
    rest = board.rest()
    assert rest is not None
    assert len(rest["nodes"]) == 1000
    assert board.rest() is None
