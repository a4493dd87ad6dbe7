"""Reads a secret from standard input, or from a person who types it unseen; never from the arguments."""

from __future__ import annotations

import sys

import typer

from atelier.errors import UsageError

#: Bytes of a value, and a little more.
_LONGEST = 2**16


def read_secret(name: str) -> str:
    """Return a value; one line break at its end is not a part of it.

    Raises:
        UsageError: what stands on standard input is no text.
        typer.Abort: the person who was asked went away.
    """
    if sys.stdin.isatty():
        value: str = typer.prompt(name, hide_input=True, confirmation_prompt=True, err=True)
        return value
    content = sys.stdin.buffer.read(_LONGEST)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        # Without the cause, which holds the value.
        raise UsageError(
            f"{name} is not changed: what stands on standard input is no UTF-8. What PowerShell writes "
            "with > is UTF-16: save the file as UTF-8."
        ) from None
    return text.removesuffix("\n").removesuffix("\r")
