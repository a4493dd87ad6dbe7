"""A slow reader costs a bounded amount, and loses the least important first."""

from __future__ import annotations

from atelier.gateway.outbox import ALLOWED, MOST, Outbox, Weight


async def drained(outbox: Outbox) -> list[str | bytes | None]:
    """Return everything that waits, and None at the end of one that was cut off."""
    outbox.put("end")
    taken: list[str | bytes | None] = []
    while (data := await outbox.next()) not in ("end", None):
        taken.append(data)
    return taken if data is not None else [*taken, None]


async def test_what_is_put_comes_out_in_its_order() -> None:
    outbox = Outbox()
    for each in ("a", b"b", "c"):
        outbox.put(each)
    assert await drained(outbox) == ["a", b"b", "c"]


async def test_of_many_previews_the_latest_is_kept_and_messages_all() -> None:
    outbox = Outbox()
    picture = bytes(ALLOWED[Weight.PREVIEW] // 4)
    for number in range(20):
        outbox.put(f"message {number}")
        outbox.put(picture + bytes([number]), Weight.PREVIEW)
    taken = await drained(outbox)
    assert [each for each in taken if isinstance(each, str)] == [f"message {n}" for n in range(20)]
    pictures = [each for each in taken if isinstance(each, bytes)]
    assert len(pictures) < 5
    assert pictures[-1][-1] == 19


async def test_progress_is_left_out_after_previews_and_before_messages() -> None:
    outbox = Outbox()
    outbox.put("executed")
    long = "p" * (ALLOWED[Weight.PROGRESS] // 3)
    for number in range(6):
        outbox.put(f"{number}{long}", Weight.PROGRESS)
    taken = await drained(outbox)
    assert taken[0] == "executed"
    assert len(taken) < 6
    assert str(taken[-1]).startswith("5")


async def test_one_message_may_be_larger_than_all_that_may_wait() -> None:
    outbox = Outbox()
    outbox.put(bytes(MOST + 1))
    data = await outbox.next()
    assert data is not None
    assert len(data) == MOST + 1


async def test_who_is_too_far_behind_is_cut_off_and_nothing_more_is_kept() -> None:
    outbox = Outbox()
    for _ in range(3):
        outbox.put(bytes(MOST // 2))
    outbox.put("more")
    assert await outbox.next() is None
