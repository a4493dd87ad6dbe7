"""The blocking client: every method is the asynchronous one, called through a portal."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from atelier.client._client import AsyncComfyUIClient
from atelier.client._events import Event
from atelier.client._portal import Portal
from atelier.client._run import Run

P = ParamSpec("P")
T = TypeVar("T")


def _blocking_run(
    method: Callable[Concatenate[Run, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[BlockingRun, P], T]:
    def call(self: BlockingRun, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(method, self._run, *args, **kwargs)

    functools.update_wrapper(call, method)
    return call


def _constructor(
    make: Callable[P, AsyncComfyUIClient],
) -> Callable[Concatenate[ComfyUIClient, P], None]:
    def construct(self: ComfyUIClient, /, *args: P.args, **kwargs: P.kwargs) -> None:
        self._client = make(*args, **kwargs)
        self._portal = Portal()
        # Also when it is forgotten, and when the interpreter ends.
        self._finish = weakref.finalize(self, _close, self._portal, self._client)

    functools.update_wrapper(construct, AsyncComfyUIClient.__init__)
    return construct


def _blocking(
    method: Callable[Concatenate[AsyncComfyUIClient, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[ComfyUIClient, P], T]:
    def call(self: ComfyUIClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._portal.call(method, self._client, *args, **kwargs)

    functools.update_wrapper(call, method)
    return call


def _running(
    method: Callable[Concatenate[AsyncComfyUIClient, P], Run],
) -> Callable[Concatenate[ComfyUIClient, P], BlockingRun]:
    def call(self: ComfyUIClient, /, *args: P.args, **kwargs: P.kwargs) -> BlockingRun:
        return BlockingRun(self, method(self._client, *args, **kwargs))

    functools.update_wrapper(call, method)
    return call


class BlockingRun:
    """A `Run` for ordinary code: iterate over it, or call `result()` or `images()`."""

    def __init__(self, client: ComfyUIClient, run: Run) -> None:
        #: Kept, since a client that is forgotten closes itself.
        self._client = client
        self._run = run

    @property
    def _portal(self) -> Portal:
        return self._client._portal

    @property
    def job_id(self) -> str:
        return self._run.job_id

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        try:
            return self._portal.call(self._run.__anext__)
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    result = _blocking_run(Run.result)
    images = _blocking_run(Run.images)
    close = _blocking_run(Run.aclose)


def _close(portal: Portal, client: AsyncComfyUIClient) -> None:
    try:
        portal.call(client.aclose)
    finally:
        portal.close()


class ComfyUIClient:
    """`AsyncComfyUIClient` for ordinary code, scripts and notebooks; the same methods, without `await`.

    Callbacks are called in the thread that waits. Use it as a context manager, or call `close()`.
    """

    _client: AsyncComfyUIClient
    _portal: Portal
    _finish: weakref.finalize[[Portal, AsyncComfyUIClient], ComfyUIClient]

    __init__ = _constructor(AsyncComfyUIClient)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    @property
    def base_url(self) -> str:
        return self._client.base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel the runs that have begun and not ended, and close the connections."""
        self._finish()

    run = _running(AsyncComfyUIClient.run)
    watch = _running(AsyncComfyUIClient.watch)
    queue_prompt = _blocking(AsyncComfyUIClient.queue_prompt)
    wait_for_completion = _blocking(AsyncComfyUIClient.wait_for_completion)
    batch = _blocking(AsyncComfyUIClient.batch)
    cancel = _blocking(AsyncComfyUIClient.cancel)
    interrupt = _blocking(AsyncComfyUIClient.interrupt)
    generate_text2image = _blocking(AsyncComfyUIClient.generate_text2image)
    edit = _blocking(AsyncComfyUIClient.edit)
    redraw = _blocking(AsyncComfyUIClient.redraw)
    inpaint = _blocking(AsyncComfyUIClient.inpaint)
    fit = _blocking(AsyncComfyUIClient.fit)
    upload = _blocking(AsyncComfyUIClient.upload)
    download = _blocking(AsyncComfyUIClient.download)
    system_stats = _blocking(AsyncComfyUIClient.system_stats)
    object_info = _blocking(AsyncComfyUIClient.object_info)
    queue = _blocking(AsyncComfyUIClient.queue)
    free = _blocking(AsyncComfyUIClient.free)
    model_sets_found = _blocking(AsyncComfyUIClient.model_sets_found)
    model_set = _blocking(AsyncComfyUIClient.model_set)
