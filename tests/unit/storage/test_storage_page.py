"""The page about the storage names the numbers that hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from atelier.storage.artifacts import UNNAMED_FOR
from atelier.storage.fairness import CREDIT, LESSON, MODEL_PATIENCE
from atelier.storage.job import ATTEMPTS
from atelier.storage.sqlite.schema import SOUND_SQLITE
from atelier.storage.sqlite.storage import GRACE

TEXT = " ".join(
    (Path(__file__).parents[3] / "docs/explanation/storage.md").read_text(encoding="utf-8").split()
)


@pytest.mark.parametrize(
    ("value", "stated", "words"),
    [
        (UNNAMED_FOR, 3600.0, "an hour after it was kept"),
        (CREDIT, 300.0, "by five minutes of engine time at most"),
        (LESSON, 4.0, "multiplies the weights of its class by 4"),
        (MODEL_PATIENCE, 5.0, "for five seconds at most"),
        (ATTEMPTS, 3, "after three lost attempts"),
        (GRACE, 60.0, "for a minute only a worker of its engine"),
        (SOUND_SQLITE, (3, 51, 3), "SQLite from 3.7.0 to 3.51.2"),
    ],
)
def test_a_number_of_the_page_is_the_one_in_the_code(value: object, stated: object, words: str) -> None:
    assert value == stated
    assert words in TEXT
