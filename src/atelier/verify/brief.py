"""Keeps long texts short."""

from __future__ import annotations


def brief(text: str, most: int) -> str:
    """Return a text, or its beginning and how many characters there were.

    Args:
        most: Characters that are kept.
    """
    return text if len(text) <= most else f"{text[:most].rstrip()}... ({len(text)} characters)"
