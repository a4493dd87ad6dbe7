"""Loops, chains and needs of workflows of any shape."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.workflows import wiring

GRAPHS = st.dictionaries(st.integers(0, 7).map(str), st.lists(st.integers(0, 7).map(str), max_size=4)).map(
    lambda graph: {
        each: tuple(source for source in dict.fromkeys(found) if source in graph)
        for each, found in graph.items()
    }
)


def ring(length: int) -> dict[str, tuple[str, ...]]:
    """Return nodes each of which takes from the one before."""
    return {str(number): (str((number - 1) % length),) for number in range(length)}


@pytest.mark.parametrize("length", [1, 2, 50, 5000])
def test_a_loop_is_found_whatever_its_length(length: int) -> None:
    (loop,) = wiring.loops(ring(length))
    assert len(loop) == length + 1
    assert loop[0] == loop[-1]


def test_a_loop_is_named_in_the_direction_of_the_data() -> None:
    (loop,) = wiring.loops({"1": ("3",), "2": ("1",), "3": ("2",)})
    assert "".join(loop) in ("1231", "2312", "3123")


def test_a_long_chain_is_no_loop() -> None:
    chain = {str(number): (str(number - 1),) if number else () for number in range(5000)}
    assert wiring.loops(chain) == ()
    assert wiring.longest_chains(chain)["4999"] == 5000


def test_the_longest_way_through_a_diamond_counts() -> None:
    chains = wiring.longest_chains({"1": (), "2": ("1",), "3": ("2", "1"), "4": ("3", "1")})
    assert chains == {"1": 1, "2": 2, "3": 3, "4": 4}


@given(GRAPHS)
def test_what_has_no_chain_length_hangs_on_a_loop(graph: dict[str, tuple[str, ...]]) -> None:
    lengths = wiring.longest_chains(graph)
    looping = {each for loop in wiring.loops(graph) for each in loop}
    for node_id in graph:
        assert (node_id in lengths) == looping.isdisjoint(wiring.needed_by([node_id], graph))
        if node_id in lengths:
            assert lengths[node_id] == 1 + max((lengths[each] for each in graph[node_id]), default=0)


@given(GRAPHS)
def test_each_step_of_a_loop_is_a_link(graph: dict[str, tuple[str, ...]]) -> None:
    for loop in wiring.loops(graph):
        for source, user in itertools.pairwise(loop):
            assert source in graph[user]
