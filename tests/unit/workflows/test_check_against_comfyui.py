"""The check says of every recorded workflow what the real server did."""

from __future__ import annotations

import pytest

from atelier.workflows.check import check
from tests.unit.workflows.check_corpus import BEYOND, Answer, answers, catalogue, files

#: Where the server names a node that is not the one to mend: it runs out of stack at the far end of a chain.
NAMED_BY_ACCIDENT = ("maximum recursion depth",)

#: Where the server names only the node at which a fault comes to light, and the check the one to mend.
NAMED_AT_THE_CAUSE = {
    "structure/a loop through an input that does not exist": "the server names what waits for the loop",
    "links/wrapped link to a broken node": "the server runs a node of width 0, and names the next",
    "running/16 pixels scaled by 0.01": "the server scales to 0 pixels, and names the next node",
}

KNOWABLE = [each for each in answers() if not each.name.startswith(BEYOND)]
UNKNOWABLE = [each for each in answers() if each.name.startswith(BEYOND)]


def errors(answer: Answer) -> list[str | None]:
    """Return the nodes of the errors that the check finds."""
    found = check(answer.workflow, catalogue(), files=files())
    return [each.node_id for each in found if each.severity == "error"]


def test_the_corpus_is_large_and_holds_both_kinds() -> None:
    assert len(KNOWABLE) >= 150
    assert sum(each.wrong for each in KNOWABLE) >= 50
    assert sum(not each.wrong for each in KNOWABLE) >= 50


@pytest.mark.parametrize("answer", KNOWABLE, ids=lambda each: each.name)
def test_an_error_is_found_where_the_server_had_one_and_nowhere_else(answer: Answer) -> None:
    found = check(answer.workflow, catalogue(), files=files())
    errors = [str(each) for each in found if each.severity == "error"]
    assert bool(errors) == answer.wrong, errors


@pytest.mark.parametrize(
    "answer", [each for each in KNOWABLE if each.named_nodes], ids=lambda each: each.name
)
def test_the_nodes_that_the_server_names_are_named(answer: Answer) -> None:
    accidental = {
        node_id
        for node_id, report in answer.node_errors.items()
        if any(each["details"].startswith(NAMED_BY_ACCIDENT) for each in report["errors"])
    }
    named_by_check = set(errors(answer))
    if answer.name in NAMED_AT_THE_CAUSE:
        assert named_by_check
        assert not answer.named_nodes & named_by_check
    else:
        assert answer.named_nodes - accidental <= named_by_check


@pytest.mark.parametrize("answer", UNKNOWABLE, ids=lambda each: each.name)
def test_what_only_the_server_knows_is_not_guessed(answer: Answer) -> None:
    assert answer.wrong
    assert errors(answer) == []
