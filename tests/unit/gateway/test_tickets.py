"""A ticket stands for one token, for a minute."""

from __future__ import annotations

from atelier.gateway.tickets import LIFETIME, Tickets


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_ticket_gives_the_token_that_it_stands_for_until_it_is_over() -> None:
    clock = Clock()
    tickets = Tickets(monotonic=clock)
    ticket = tickets.issue(b"mine")
    assert tickets.redeem(ticket) == b"mine"
    clock.now += LIFETIME - 1
    assert tickets.redeem(ticket) == b"mine"
    clock.now += 1
    assert tickets.redeem(ticket) is None


def test_a_made_up_ticket_stands_for_nobody() -> None:
    assert Tickets(monotonic=Clock()).redeem("") is None


def test_tickets_that_are_over_are_not_kept() -> None:
    clock = Clock()
    tickets = Tickets(monotonic=clock)
    first = tickets.issue(b"mine")
    clock.now += LIFETIME
    second = tickets.issue(b"mine")
    assert tickets.redeem(first) is None
    assert tickets.redeem(second) == b"mine"
    assert len(tickets) == 1


def test_who_asks_for_many_tickets_loses_his_own_oldest_and_nobody_else_s() -> None:
    tickets = Tickets(monotonic=Clock())
    theirs = tickets.issue(b"theirs")
    mine = [tickets.issue(b"mine") for _ in range(300)]
    assert tickets.redeem(theirs) == b"theirs"
    assert tickets.redeem(mine[0]) is None
    assert tickets.redeem(mine[-1]) == b"mine"
    assert len(tickets) == 101
