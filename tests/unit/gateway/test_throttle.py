"""Failed attempts are slowed by address, in bounded memory."""

from __future__ import annotations

from atelier.gateway.throttle import BURST, MOST, REFILL, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def throttle_after(failures: int, address: str = "192.0.2.7") -> tuple[Throttle, Clock]:
    clock = Clock()
    throttle = Throttle(monotonic=clock)
    for _ in range(failures):
        throttle.failed(address)
    return throttle, clock


def test_a_few_typing_errors_cost_nothing() -> None:
    throttle, _ = throttle_after(BURST - 1)
    assert throttle.wait("192.0.2.7") == 0


def test_after_the_burst_an_address_waits_and_others_do_not() -> None:
    throttle, _ = throttle_after(BURST)
    assert 0 < throttle.wait("192.0.2.7") <= REFILL
    assert throttle.wait("192.0.2.8") == 0


def test_waiting_gives_one_attempt_back_at_a_time() -> None:
    throttle, clock = throttle_after(BURST + 5)
    clock.now += throttle.wait("192.0.2.7")
    assert throttle.wait("192.0.2.7") == 0
    throttle.failed("192.0.2.7")
    assert throttle.wait("192.0.2.7") > 0


def test_an_ipv6_network_counts_as_one_address() -> None:
    throttle, _ = throttle_after(BURST, "2001:db8::1")
    assert throttle.wait("2001:db8::ffff:2") > 0
    assert throttle.wait("2001:db8:0:1::1") == 0


def test_an_ipv4_address_written_as_ipv6_is_the_same_address() -> None:
    throttle, _ = throttle_after(BURST, "::ffff:192.0.2.7")
    assert throttle.wait("192.0.2.7") > 0


def test_many_addresses_are_not_all_remembered() -> None:
    throttle, _ = throttle_after(0)
    for number in range(MOST + 50):
        throttle.failed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(throttle) == MOST
