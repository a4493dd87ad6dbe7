"""The model set that a command uses: the one that was named, the server's best, or the embedded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atelier.errors import UsageError

if TYPE_CHECKING:
    from atelier.client import AsyncComfyUIClient
    from atelier.workflows.model_sets import ModelSet, Task


def named_set(name: str) -> ModelSet:
    """Return the model set of that name, with its files as their repositories name them.

    Raises:
        UsageError: there is none; the message has the nearest.
    """
    from atelier.workflows.model_sets import MODEL_SETS
    from atelier.workflows.nearest import nearest

    known = {each.name: each for each in MODEL_SETS}
    if name in known:
        return known[name]
    near = nearest(name, known)
    hint = "" if near is None else f" Did you mean '{near}'?"
    raise UsageError(f"There is no model set '{name}'.{hint} There are: {', '.join(known)}.")


async def server_set(client: AsyncComfyUIClient, name: str | None, task: Task) -> ModelSet:
    """Return the set of that name, or else the best for the task, as the server spells its files.

    Raises:
        ModelSetUnknown: the server has no set for the task.
        UsageError: it does not have all files of the set that was named.
    """
    if name is None:
        return await client.model_set(task)
    wanted = named_set(name)
    for each in await client.model_sets_found():
        if each.name == name:
            return each
    files = ", ".join(f"{file.folder}/{file.name}" for file in wanted.files)
    raise UsageError(f"{client.base_url} does not have all of {wanted.title}: {files}.")
