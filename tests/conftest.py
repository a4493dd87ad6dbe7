"""Settings for all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# How long an example takes depends on what else the machine does.
settings.register_profile("atelier", deadline=None)
settings.load_profile("atelier")


# The small model is quick; tests of the larger one name its folder.
os.environ["ATELIER_DATA_PACKAGES"] = "0"


def pytest_sessionstart() -> None:
    # What a script starts in the background ignores Ctrl-C, and so would the commands under test.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
