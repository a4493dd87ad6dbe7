"""What a command tells: a progress bar on a terminal, plain lines elsewhere, or one JSON document a line."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Reporter:
    """Prints a command's events and results.

    Results go to standard output, progress and remarks to standard error; with `json_lines` everything is
    a JSON document with an `event` key on a line of its own on standard output.
    """

    def __init__(
        self, *, json_lines: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self._json = json_lines
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._quarter = -1

    def __enter__(self) -> Reporter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_bar()

    @property
    def width(self) -> int:
        """Columns of what results are printed on."""
        import shutil

        return shutil.get_terminal_size((100, 24)).columns if self._out.isatty() else 100

    @property
    def colourful(self) -> bool:
        """Whether results are printed on a terminal that shows colours."""
        import os

        return self._out.isatty() and "NO_COLOR" not in os.environ

    def event(self, name: str, /, **data: Any) -> None:
        """Print an event that only programs care about."""
        if self._json:
            self._print_json(name, data)

    def remark(self, name: str, text: str, /, **data: Any) -> None:
        """Print something that a person should know although the work goes on."""
        if self._json:
            self._print_json(name, {"message": text, **data})
        elif self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=self._err, flush=True)

    def result(self, name: str, text: str, /, **data: Any) -> None:
        """Print what the command was called for."""
        self._close_bar()
        if self._json:
            self._print_json(name, data)
        else:
            print(text, file=self._out, flush=True)

    def error(self, kind: str, text: str, *, status: int, details: tuple[str, ...] = ()) -> None:
        """Print why the command ends without its result."""
        self._close_bar()
        if self._json:
            self._print_json("error", {"kind": kind, "message": text, "details": details, "status": status})
            return
        print(f"atelier: {text}", file=self._err, flush=True)
        for each in details:
            print(f"  {each}", file=self._err, flush=True)

    def progress(self, label: str, value: float, maximum: float) -> None:
        """Show how far the work is; `label` names what is being done."""
        if self._json:
            self._print_json("progress", {"label": label, "value": value, "max": maximum})
        elif self._err.isatty():
            self._show_bar(label, value, maximum)
        else:
            quarter = int(4 * value / maximum) if maximum > 0 else 4
            if quarter != self._quarter:
                self._quarter = quarter
                print(f"{label}: {value:g} of {maximum:g}", file=self._err, flush=True)

    def _show_bar(self, label: str, value: float, maximum: float) -> None:
        if self._bar is None or self._task is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(file=self._err),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(label, total=maximum)
        self._bar.update(self._task, description=label, completed=value, total=maximum)

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
            self._task = None
        self._quarter = -1

    def _print_json(self, name: str, data: dict[str, Any]) -> None:
        print(json.dumps({"event": name, **data}, ensure_ascii=False), file=self._out, flush=True)
