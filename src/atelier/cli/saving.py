"""Where a command's pictures go."""

from __future__ import annotations

from pathlib import Path

from atelier.errors import UsageError


def plan_names(out: Path, *, stem: str, count: int) -> tuple[Path, ...]:
    """Return where `count` pictures go: the file `out` itself, or free names in the directory `out`.

    Nothing is overwritten except a file that `out` names itself.

    Raises:
        UsageError: `out` is a file name and there are several pictures, or it has another ending.
    """
    if out.is_dir() or not out.suffix:
        return tuple(
            _free_name(out, f"{stem}_{index}" if count > 1 else stem) for index in range(1, count + 1)
        )
    if out.suffix.lower() != ".png":
        raise UsageError(f"Pictures are PNG files: let --out end in .png instead of '{out.suffix}'.")
    if count > 1:
        raise UsageError(f"--out {out} names one file for {count} pictures: name a directory.")
    return (out,)


def save(path: Path, content: bytes) -> None:
    """Write a picture, creating its directory.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror or error}. Choose another --out.") from error


def _free_name(directory: Path, stem: str) -> Path:
    path = directory / f"{stem}.png"
    number = 1
    while path.exists():
        number += 1
        path = directory / f"{stem} ({number}).png"
    return path
