"""`atelier engine`: the embedded engine, until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter


def engine(
    host: Annotated[str, typer.Option(help="Address to listen on; anybody there may use it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: a free one.")] = 8188,
    directory: Annotated[
        Path | None,
        typer.Option(help="Where input, output, temp and user data live. Default: your data directory."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads for drawing. Default: one for each core.")
    ] = None,
    models: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="A further folder of models, with one sub-folder a kind.",
        ),
    ] = None,
    data_packages: Annotated[
        bool,
        typer.Option(
            envvar="ATELIER_DATA_PACKAGES",
            show_envvar=True,
            help="Offer installed data packages' models.",
        ),
    ] = True,
    preview_method: Annotated[
        Literal["none", "latent2rgb"], typer.Option(help="Pictures while sampling.")
    ] = "none",
    page: Annotated[bool, typer.Option(help="Serve the stock ComfyUI page where it is installed.")] = True,
    trusted_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further host name of the engine, as behind a proxy."),
    ] = None,
    exit_with_parent: Annotated[
        bool, typer.Option("--exit-with-parent", help="Stop when standard input closes.")
    ] = False,
    json_lines: options.Json = False,
) -> None:
    """Run the embedded engine behind ComfyUI's protocol until it is stopped with Ctrl-C."""

    async def work(reporter: Reporter) -> None:
        import asyncio

        from platformdirs import user_data_path

        from atelier.engine.config import EngineConfig
        from atelier.engine.data_packages import model_folders
        from atelier.engine.server.serve import serve

        config = EngineConfig(
            host=host,
            port=port,
            directory=directory or user_data_path("atelier", appauthor=False) / "engine",
            threads=threads,
            models=(*(model_folders() if data_packages else ()), *(models or ())),
            preview_method=preview_method,
            page=page,
            trusted_hosts=frozenset(trusted_host or ()),
        )

        def ready(url: str) -> None:
            reporter.result(
                "ready", f"The engine answers at {url} (Ctrl-C stops it).", url=url, pid=os.getpid()
            )

        serving = asyncio.create_task(serve(config, ready=ready))
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(serving.cancel)

        previous = signal.signal(signal.SIGTERM, lambda *_: stop())
        if exit_with_parent:
            _call_when_input_closes(stop)
        try:
            await serving
        except asyncio.CancelledError:
            # A stop that was asked for from outside this task is the regular end; a cancellation of this
            # task itself goes on.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
        finally:
            signal.signal(signal.SIGTERM, previous)

    run_command(work, json_lines=json_lines)


def _call_when_input_closes(stop: Callable[[], None]) -> None:
    def wait() -> None:
        # Not sys.stdin.read: its lock would still be held when the interpreter ends before the input does.
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop()

    threading.Thread(target=wait, name="wait-for-parent", daemon=True).start()
