"""Slows down whoever tries tokens that do not exist.

Nobody guesses 256 random bits; this keeps the attempts from costing the others anything, and
the log readable.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

#: Attempts that an address has at once: a class behind one address, pasting tokens badly.
BURST = 30
#: Seconds after which it has one more.
REFILL = 2.0
#: Addresses that are remembered; the one that was idle longest is forgotten first.
MOST = 10_000


@dataclass
class _Bucket:
    left: float
    at: float


class Throttle:
    """Counts failed attempts by address: a bucket of `BURST` that gains one each `REFILL` seconds."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def failed(self, address: str) -> None:
        """Count an attempt that failed."""
        now, key = self._now(), _key(address)
        bucket = self._buckets.pop(key, None) or _Bucket(left=BURST, at=now)
        self._buckets[key] = _Bucket(left=max(0.0, self._left(bucket, now) - 1), at=now)
        while len(self._buckets) > MOST:
            self._buckets.popitem(last=False)

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0 for at once."""
        bucket = self._buckets.get(_key(address))
        left = BURST if bucket is None else self._left(bucket, self._now())
        return 0.0 if left >= 1 else (1 - left) * REFILL

    def __len__(self) -> int:
        return len(self._buckets)

    @staticmethod
    def _left(bucket: _Bucket, now: float) -> float:
        return min(BURST, bucket.left + (now - bucket.at) / REFILL)


def _key(address: str) -> str:
    """Return what counts as one address: of IPv6 the network, of which one person has 2^64 addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
