"""The embedded engine as a child process: started when needed, never left behind."""

from __future__ import annotations

import asyncio
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from atelier.errors import EngineStartFailed

#: Lines of the engine's standard error that are kept, for when it fails.
_KEPT_LINES = 40

#: Seconds that the engine gets to end when it is asked to, before it is made to.
_GRACE = 5.0


class EngineProcess:
    """The process `atelier engine` on this machine.

    Its standard input is a pipe from here: should this process die, the pipe closes and the engine ends. Its
    output is read all the time, so that it never waits for a reader.
    """

    def __init__(self, directory: Path, *, port: int = 0, arguments: Sequence[str] = ()) -> None:
        """Start the process; it is not ready before `wait_until_ready` returns.

        Args:
            directory: Where the engine keeps its input, output, temp and user files.
            port: Where it listens; 0 for a free one.
            arguments: Further options of `atelier engine`, such as `("--preview-method", "latent2rgb")`.

        Raises:
            EngineStartFailed: the process cannot be started at all.
        """
        self._stderr: deque[str] = deque(maxlen=_KEPT_LINES)
        self._announced: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # -P: a folder named atelier in the working directory must not be run instead.
        command = [
            sys.executable,
            "-P",
            "-m",
            "atelier",
            "engine",
            "--port",
            str(port),
            "--json",
            "--exit-with-parent",
        ]
        command += ["--directory", str(directory), *arguments]
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                **_in_a_group_of_its_own(),
            )
        except OSError as error:
            raise EngineStartFailed(
                f"{sys.executable} cannot be started: {error.strerror or error}."
            ) from error
        self._readers = (
            threading.Thread(target=self._read_stdout, name="atelier-engine-stdout", daemon=True),
            threading.Thread(target=self._read_stderr, name="atelier-engine-stderr", daemon=True),
        )
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def stderr(self) -> str:
        """The last lines that the engine wrote to its standard error."""
        return "\n".join(self._stderr)

    def wait_until_ready(self, timeout: float) -> str:
        """Return the engine's address once it accepts connections.

        Raises:
            EngineStartFailed: it ended, or was not ready within `timeout` seconds; then it is stopped.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self._announced.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                self.stop()
                raise EngineStartFailed(
                    f"The embedded engine was not ready within {timeout:g} s. {self._last_words()}"
                ) from None
            if line is None:
                self.stop()
                raise EngineStartFailed(f"The embedded engine ended at once. {self._last_words()}")
            document = _document(line)
            if document.get("event") == "ready":
                return str(document.get("url"))
            if document.get("event") == "error":
                self.stop()
                raise EngineStartFailed(f"The embedded engine did not start: {document.get('message')}")

    def stop(self) -> None:
        """End the process: ask it by closing its input, then terminate it, then kill it."""
        with suppress(OSError):
            _opened(self._process.stdin).close()
        for insist in (None, self._process.terminate, self._process.kill):
            if insist is not None:
                insist()
            try:
                self._process.wait(_GRACE)
                break
            except subprocess.TimeoutExpired:
                continue
        for reader in self._readers:
            reader.join(_GRACE)

    def _read_stdout(self) -> None:
        with _opened(self._process.stdout) as lines:
            for line in lines:
                self._announced.put(line)
        self._announced.put(None)

    def _read_stderr(self) -> None:
        with _opened(self._process.stderr) as lines:
            for line in lines:
                self._stderr.append(line.rstrip())

    def _last_words(self) -> str:
        return f"It said: {self.stderr}" if self._stderr else "It said nothing. Try: atelier engine"


class EmbeddedEngine:
    """The embedded engine for as long as the context lasts: `async with EmbeddedEngine() as engine`.

    Args:
        directory: Where it keeps its files; None for a temporary directory that is removed at the end.
        port: Where it listens; 0 for a free one.
        start_timeout: Seconds until it must accept connections.
        arguments: Further options of `atelier engine`.

    Raises:
        EngineStartFailed: on entering, when it does not come up; with the last lines that it wrote.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        port: int = 0,
        start_timeout: float = 60.0,
        arguments: Sequence[str] = (),
    ) -> None:
        self._directory = directory
        self._port = port
        self._start_timeout = start_timeout
        self._arguments = tuple(arguments)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: EngineProcess | None = None
        #: The engine's address; empty outside the context.
        self.url = ""

    @property
    def process(self) -> EngineProcess:
        if self._process is None:
            raise EngineStartFailed("The embedded engine is not running: use it as a context manager.")
        return self._process

    async def __aenter__(self) -> Self:
        starting = asyncio.create_task(asyncio.to_thread(self.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: without its engine it ends by itself.
            await asyncio.to_thread(self.stop)
            await asyncio.wait({starting})
            starting.exception()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.create_task(asyncio.to_thread(self.stop)))

    def start(self) -> None:
        """Start the engine and wait until it accepts connections."""
        directory = self._directory
        if directory is None:
            # What a killed engine still holds open on Windows must not hide why it was killed.
            self._temporary = tempfile.TemporaryDirectory(
                prefix="atelier-engine-", ignore_cleanup_errors=True
            )
            directory = Path(self._temporary.name)
        try:
            self._process = EngineProcess(directory, port=self._port, arguments=self._arguments)
            self.url = self._process.wait_until_ready(self._start_timeout)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the engine; a second time does nothing."""
        process, self._process, self.url = self._process, None, ""
        if process is not None:
            process.stop()
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            temporary.cleanup()


@contextmanager
def embedded_engine(
    directory: Path | None = None, *, start_timeout: float = 60.0, arguments: Sequence[str] = ()
) -> Iterator[EmbeddedEngine]:
    """Run the embedded engine for as long as the context lasts; see `EmbeddedEngine`."""
    engine = EmbeddedEngine(directory, start_timeout=start_timeout, arguments=arguments)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def _document(line: str) -> dict[str, Any]:
    """Return what a line of the engine's standard output says; nothing where it is no JSON object."""
    try:
        document = json.loads(line)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _opened(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the engine's streams are pipes")
    return stream


def _in_a_group_of_its_own() -> dict[str, Any]:
    """Return how Popen keeps Ctrl-C from the engine, so that its job can still be cancelled in good order."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
