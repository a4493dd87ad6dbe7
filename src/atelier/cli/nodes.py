"""`atelier nodes`: which nodes there are, what they are for, and whether a server has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import KnownNodes, known_nodes
from atelier.cli.reporter import Reporter
from atelier.errors import AtelierError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atelier.cli.node_entry import NodeEntry

Words = Annotated[
    list[str] | None,
    typer.Argument(
        help="Class names, shown in full; or what to search for: words, and types around an arrow"
        " ('mask -> image'). Without, the 28 Qwen nodes are listed."
    ),
]
Group = Annotated[str | None, typer.Option(help="Only this group of the Qwen nodes, such as Sampling.")]
Exact = Annotated[bool, typer.Option("--exact", help="All WORDS are class names, known or not.")]
Server = Annotated[
    str | None,
    typer.Option(
        envvar="ATELIER_SERVER",
        metavar="URL",
        help="A server: searched too, and marks which nodes it has.",
    ),
]
ObjectInfo = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The same from a saved answer of GET /object_info; no server is asked."
    ),
]


def nodes(
    words: Words = None,
    group: Group = None,
    server: Server = None,
    object_info: ObjectInfo = None,
    token: options.Token = None,
    exact: Exact = False,
    json_lines: options.Json = False,
) -> None:
    """List the Qwen nodes, search nodes, and say which ones a server has.

    Against a server the exit status is not 0 when a class that was named is missing there.
    """

    async def work(reporter: Reporter) -> None:
        if exact and (not words or group is not None):
            raise UsageError("--exact takes class names and no --group.")
        _answer(
            reporter,
            tuple(words or ()),
            _group(group),
            exact=exact,
            known=await known_nodes(server, token, object_info, reporter),
        )

    run_command(work, json_lines=json_lines)


def _answer(
    reporter: Reporter, words: tuple[str, ...], group: str | None, *, exact: bool, known: KnownNodes | None
) -> None:
    from atelier.cli import node_entry

    catalogue = known.catalogue if known is not None else None
    named = exact or (
        bool(words) and group is None and all(node_entry.is_class_name(each, catalogue) for each in words)
    )
    if named:
        entries = tuple(node_entry.entry(each, catalogue) for each in words)
        text = "\n\n".join(node_entry.card(each) for each in entries)
    else:
        entries = node_entry.listed(" ".join(words), group, catalogue)
        if not entries:
            raise AtelierError(
                f"No node fits '{' '.join(words)}'. Try fewer words, or one type and an arrow."
            )
        text = node_entry.table(entries, by_group=not words)
    missing = [each.name for each in entries if each.there is False]
    reporter.result(
        "nodes",
        text,
        source=known.source if known is not None else None,
        nodes=[node_entry.document(each) for each in entries],
        missing=missing,
    )
    if named:
        _complain(entries, known)
    elif known is not None and missing:
        reporter.remark("missing", f"{len(missing)} of {len(entries)} are not on {known.source}.")


def _complain(entries: Sequence[NodeEntry], known: KnownNodes | None) -> None:
    """Raise for classes that were named and are not there.

    Raises:
        AtelierError: the server lacks one, or, without a server, nothing is known of one.
    """
    if known is not None:
        lacking = [f"{each.name} ({_hint(each)})" for each in entries if not each.there]
        if lacking:
            raise AtelierError(f"Not on {known.source}: {', '.join(lacking)}.")
    elif unknown := [each.name for each in entries if not each.known]:
        raise AtelierError(
            f"Nothing is known of {', '.join(unknown)}. Name a server with --server to look there."
        )


def _hint(each: NodeEntry) -> str:
    """Return what to do about a class that is missing."""
    from atelier.workflows.missing_class import way_to_get

    guess = f"use {each.instead}" if each.instead is not None else "search with other words"
    return way_to_get(each.name) or guess


def _group(wanted: str | None) -> str | None:
    """Return the group that is meant.

    Raises:
        UsageError: there is none, or several, of that name.
    """
    if wanted is None:
        return None

    from atelier.workflows.qwen_nodes import GROUPS

    fitting = [each for each in GROUPS if wanted.casefold() in each.casefold()]
    if len(fitting) != 1:
        raise UsageError(f"There is no single group '{wanted}'. The groups are: {', '.join(GROUPS)}.")
    return fitting[0]
