"""The group `atelier verify`, whose address may stand right behind it."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from atelier.cli.verify import compare, run


class _Verify(TyperGroup):
    """Takes `atelier verify URL` for `atelier verify run URL`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def build_group() -> typer.Typer:
    """Return the group."""
    group = typer.Typer(
        name="verify",
        cls=_Verify,
        help="Prove what a server does: one check for each claim, with its evidence.",
        epilog="`atelier verify URL` is short for `atelier verify run URL`.",
        rich_markup_mode=None,
    )
    group.command()(run.run)
    group.command()(compare.compare)
    return group
