"""Tells what became of copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atelier.cli.reporter import Reporter
from atelier.errors import CopiesDrifted

if TYPE_CHECKING:
    from atelier.credentials.drift import Drift
    from atelier.credentials.sync import Change


def tell_changes(reporter: Reporter, changes: Sequence[Change], *, dry_run: bool = False) -> None:
    """Print what was done about each copy.

    Raises:
        CopiesDrifted: one of them could not be mended.
    """
    from atelier.credentials.sync import Done

    done = {Done.UNCHANGED: "in step", Done.WRITTEN: "written", Done.FAILED: "NOT written"}
    if dry_run:
        done |= {Done.WRITTEN: "would be written", Done.FAILED: "could NOT be written"}
    lines = []
    for each in changes:
        why = ", ".join(dict.fromkeys(drift.reason.value for drift in each.drifts))
        line = f"{each.file}: {done[each.done]}{f' ({why})' if why else ''}"
        lines.append(line if each.failure is None else f"{line}: {each.failure}")
    restarts = dict.fromkeys(
        each.restart for each in changes if each.done is Done.WRITTEN and each.restart is not None
    )
    if restarts and not dry_run:
        lines.append(f"Restart what reads them only when it starts: {', '.join(restarts)}.")
    reporter.result(
        "copies",
        "\n".join(lines) or "There are no copies: name them in copies.toml.",
        copies=[change_document(each) for each in changes],
        restart=list(restarts),
    )
    failed = [each for each in changes if each.done is Done.FAILED]
    if failed:
        raise CopiesDrifted(
            f"{len(failed)} of {len(changes)} copies {'are' if len(failed) > 1 else 'is'} not what the store "
            f"says: {', '.join(each.file for each in failed)}."
        )


def change_document(change: Change) -> dict[str, Any]:
    """Return what programs read of a change."""
    return {
        "file": change.file,
        "done": change.done.value,
        "drifts": [drift_document(each) for each in change.drifts],
        "failure": change.failure,
        "restart": change.restart,
    }


def drift_document(drift: Drift) -> dict[str, Any]:
    """Return what programs read of a drift."""
    return {
        "file": drift.file,
        "entry": drift.entry,
        "secret": drift.secret,
        "reason": drift.reason.value,
        "told": drift.told,
        "fix": drift.fix,
    }
