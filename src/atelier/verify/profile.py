"""How much is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Profile = Literal["quick", "daily", "full"]

#: Each looks at what those before it do, and at more.
PROFILES: Mapping[Profile, str] = {
    "quick": "what can be told within seconds, and one picture",
    "daily": "besides, a picture of each workflow and what stands between two accounts",
    "full": "besides, every route, and that a picture can be drawn again after the caches were emptied",
}

_ORDER = tuple(PROFILES)


def includes(profile: Profile, other: Profile) -> bool:
    """Return whether a run of one profile looks at the claims of another."""
    return _ORDER.index(other) <= _ORDER.index(profile)
