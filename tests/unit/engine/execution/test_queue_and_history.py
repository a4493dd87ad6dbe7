"""Queue and history as data, without a worker."""

from __future__ import annotations

import pytest

from atelier.engine.history import History
from atelier.engine.queue import Job, JobQueue
from atelier.engine.validation import CheckedWorkflow


def job(prompt_id: str, number: float = 0) -> Job:
    workflow = CheckedWorkflow(graph={}, nodes={}, outputs=(), node_errors={})
    return Job(number=number, prompt_id=prompt_id, workflow=workflow, extra_data={}, client_id=None)


def pending(queue: JobQueue) -> list[str]:
    return [item[1] for item in queue.snapshot()[1]]


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture
def queue(told: list[int]) -> JobQueue:
    return JobQueue(3, told.append)


def test_each_change_of_the_queue_is_told_once(queue: JobQueue, told: list[int]) -> None:
    queue.add(job("a"))
    queue.add(job("b"))
    assert queue.take() is not None
    queue.delete(["b"])
    queue.delete(["b"])
    queue.clear()
    assert told == [1, 2, 2, 1]
    assert queue.finish() == 0


def test_the_running_job_is_neither_deleted_nor_cleared(queue: JobQueue) -> None:
    queue.add(job("a"))
    queue.take()
    queue.delete(["a"])
    queue.clear()
    assert [item[1] for item in queue.snapshot()[0]] == ["a"]


def test_a_full_queue_takes_no_more_and_a_known_id_not_twice(queue: JobQueue) -> None:
    assert queue.add(job("a")) == "added"
    assert queue.add(job("a")) == "duplicate"
    queue.take()
    assert queue.add(job("a")) == "duplicate"
    assert [queue.add(job(each)) for each in "bcde"] == ["added", "added", "added", "full"]


def test_clear_empties_the_queue(queue: JobQueue) -> None:
    for each in "abc":
        queue.add(job(each))
    queue.clear()
    assert queue.remaining == 0


def test_equal_numbers_keep_the_order_of_arrival(queue: JobQueue) -> None:
    for each in ("z", "a", "m"):
        queue.add(job(each))
    assert pending(queue) == ["z", "a", "m"]


def test_a_nudge_is_not_lost_when_nobody_waits(queue: JobQueue) -> None:
    queue.nudge()
    queue.add(job("a"))
    assert queue.take() is None
    taken = queue.take()
    assert taken is not None
    assert taken.prompt_id == "a"


def test_an_interrupt_is_forgotten_with_its_job(queue: JobQueue) -> None:
    queue.add(job("a"))
    queue.add(job("b"))
    queue.interrupt(None)
    queue.take()
    assert not queue.interrupted
    queue.interrupt("a")
    assert queue.interrupted
    queue.finish()
    queue.take()
    assert not queue.interrupted


def history(*ids: str, limit: int = 10) -> History:
    history = History(limit)
    for each in ids:
        history.add(each, {"prompt": each})
    return history


def test_the_oldest_entry_goes_when_there_are_too_many() -> None:
    assert list(history("a", "b", "c", limit=2).page()) == ["b", "c"]


def test_an_id_that_comes_again_is_the_newest() -> None:
    assert list(history("a", "b", "a").page()) == ["b", "a"]


@pytest.mark.parametrize(
    ("max_items", "offset", "ids"),
    [
        (None, None, "abcd"),
        (2, None, "cd"),
        (9, None, "abcd"),
        (2, -1, "cd"),
        (2, 0, "ab"),
        (2, 3, "d"),
        (None, 2, "cd"),
        (None, 9, ""),
        (0, None, ""),
        (-3, None, ""),
    ],
)
def test_pages_are_comfyuis(max_items: int | None, offset: int | None, ids: str) -> None:
    assert list(history("a", "b", "c", "d").page(max_items, offset)) == list(ids)


def test_entries_are_deleted_and_cleared() -> None:
    entries = history("a", "b", "c")
    entries.delete(["a", "unknown"])
    assert list(entries.page()) == ["b", "c"]
    assert entries.get("a") == {}
    entries.clear()
    assert entries.page() == {}
