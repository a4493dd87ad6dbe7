"""Writes docs/reference/command-line.md: `python -m scripts.write_command_line_page`."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from atelier.cli.app import build_app

PAGE = Path(__file__).parents[1] / "docs/reference/command-line.md"

INTRODUCTION = """# The command line

Written by `python -m scripts.write_command_line_page`; a test compares it with the commands.

Without `--server`, a command that needs one starts the embedded engine, uses it and stops it. Progress and
remarks go to standard error, results to standard output; on a terminal progress is a bar. With `--json`
every line of standard output is a JSON document in UTF-8 with the key `event`:

- where and how a job goes: `server`, `accepted`, `waiting`, `progress`, `notice`, `connection_lost`,
  `connection_regained`, `saved`, `done`;
- what was asked for: `info`, `nodes`, `workflows`, `model_sets`, `workflow`, `findings`, `readiness`,
  `diagram`, `difference`, `stripped`, `ready` (the engine, or the service, accepts connections);
- what became of a service's accounts and jobs: `user`, `users`, `imported`, `removed`, `erased`, `class`,
  `classes`, `lesson`, `token`, `tokens`, `revoked`, `job`, `jobs`, `engine`, `engines`, `usage`, `audit`;
- how a deployment's secrets stand: `store`, `secret`, `secrets`, `rotated`, `copies`, `drifts`, `unchecked`;
- model files: `plan`, `retrying`, `started_over`, `kept`, `models`, `verified`, `other_file`, `links`;
- how a deployment fares: `deployment`, `step`, `up`, `down`, `restarted`, `status`, `updated`, `backup`,
  `restored`, `would_remove`, `gpus`;
- how a set-up goes: `begun`, `detail`, `left`, `setup`;
- what happened to a workflow on the way: `converted`, `changed`, `left`, `left_out`, `missing`;
- what holds of a server: `claim`, `verified`, `compared`, `diagnosis`;
- `error`, the last line of a command that fails.

The commands that administer a service call the one that `--server` names; with `--offline` they work on the
database of one that is stopped. How a command ends: [exit statuses](exit-statuses.md).
"""


def command_names(app: typer.Typer, prefix: str = "") -> list[str]:
    """Return the names of the commands, those of groups as `group command`, sorted."""
    names = [
        prefix + str(each.name or getattr(each.callback, "__name__", "")) for each in app.registered_commands
    ]
    for each in app.registered_groups:
        group = each.typer_instance
        if group is not None:
            names += command_names(group, f"{prefix}{group.info.name} ")
    return sorted(names)


def command_help(app: typer.Typer, name: str) -> str:
    """Return what `atelier NAME --help` prints."""
    answer = CliRunner().invoke(
        app, [*name.split(), "--help"], terminal_width=100, env={"ATELIER_SERVER": None}
    )
    return "\n".join(line.rstrip() for line in answer.output.strip().splitlines())


def page() -> str:
    """Return the page as it should be."""
    app = build_app()
    sections = [f"## atelier {name}\n\n```\n{command_help(app, name)}\n```\n" for name in command_names(app)]
    return "\n".join([INTRODUCTION, *sections])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
