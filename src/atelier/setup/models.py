"""The step that brings the model files."""

from __future__ import annotations

from collections.abc import Sequence

from atelier.credentials.store import FOLDER
from atelier.deploy.models import (
    HUB,
    LOCK,
    Event,
    Fetching,
    Found,
    Hub,
    ModelFolder,
    ModelLock,
    Net,
    Patience,
    Progressed,
    Retrying,
    StartedOver,
    Wanted,
    wanted_files,
)
from atelier.deploy.models.token import hub_token
from atelier.errors import ModelFileMissing
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome
from atelier.workflows.model_sets import MODEL_SETS

_THERE = frozenset({"there", "unchecked", "included"})
_NOT_OURS = {
    "embedded": "The embedded engine draws with the model that comes with it: nothing to fetch.",
    "none": "The engines elsewhere have models of their own: nothing to fetch.",
}


async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Fetch what is missing of the chosen sets; what came of an earlier attempt is not fetched again.

    Raises:
        DeployError: a file could not be fetched, or there is no room for it.
        ModelFileMissing: no set was chosen, and none is there.
    """
    kind = setting.deployment.engine
    if kind in _NOT_OURS:
        return Done(told=_NOT_OURS[kind])
    folder = _folder(setting)
    if not setting.deployment.model_sets:
        return _without_choice(setting, folder)
    patience = Patience()
    hub = Hub(endpoint=setting.mirror or HUB, token=hub_token(setting.directory / FOLDER), patience=patience)
    with folder.held():
        async with Net.opened(hub, patience) as net:
            lock = ModelLock(setting.directory / LOCK)
            fetching = Fetching(folder, lock, net, lambda event: _tell(setting, event))
            found = await fetching.plan(_wanted(setting))
            if not found.steps:
                return Done(told=f"All {len(found.present)} files are in {folder.root}.")
            found.check_space()
            setting.tell(
                f"Fetching {len(found.steps)} files, {found.left / 1e9:.2f} GB, into {folder.root}. After an "
                "interruption it goes on from there.",
                bytes=found.left,
                files=[each.offer.key for each in found.steps],
            )
            kept = await fetching.carry_out(found)
    return Done(
        told=f"{len(kept)} files came, {len(found.present)} were there in {folder.root}.", changed=True
    )


async def plan(setting: Setting) -> str:
    """Say what would be fetched; nobody is asked for it."""
    kind = setting.deployment.engine
    if kind in _NOT_OURS:
        return _NOT_OURS[kind]
    folder = _folder(setting)
    if not setting.deployment.model_sets:
        return _without_choice(setting, folder).told
    absent = missing(setting)
    if not absent:
        return f"All files are in {folder.root}: nothing to fetch."
    names = ", ".join(each.wanted.key for each in absent)
    return f"Would fetch {names} into {folder.root}: {bytes_missing(setting) / 1e9:.2f} GB of known size."


def missing(setting: Setting) -> tuple[Found, ...]:
    """Return the files of the chosen sets that are not there, as far as their names and sizes tell.

    Raises:
        ModelLockInvalid: the record of the files cannot be read.
    """
    if setting.deployment.engine in _NOT_OURS:
        return ()
    folder, lock = _folder(setting), ModelLock(setting.directory / LOCK)
    found = [folder.look(lock.applied(each), recorded=each.key in lock.files) for each in _wanted(setting)]
    return tuple(each for each in found if each.standing not in _THERE)


def bytes_missing(setting: Setting) -> int:
    """Return the bytes that are yet to come, of the files of known size; raises as `missing`."""
    return sum(
        max(0, (each.wanted.size or 0) - (each.size if each.standing == "begun" else 0))
        for each in missing(setting)
    )


def _without_choice(setting: Setting, folder: ModelFolder) -> Done:
    for models in MODEL_SETS:
        files = wanted_files([models])
        if files and all(folder.look(each).standing in _THERE for each in files):
            return Done(told=f"No model set was chosen, and {models.title} is in {folder.root}.")
    raise ModelFileMissing(
        f"No model set was chosen, and none is in {folder.root}: name one in deployment.toml (model_sets = "
        '["qwen-image-edit-2509"]; `atelier models list` shows them), or go on with --skip-models.'
    )


def _folder(setting: Setting) -> ModelFolder:
    return ModelFolder(setting.directory / setting.deployment.storage.models)


def _wanted(setting: Setting) -> tuple[Wanted, ...]:
    known = {each.name: each for each in MODEL_SETS}
    return wanted_files(known[name] for name in setting.deployment.model_sets)


def _tell(setting: Setting, event: Event) -> None:
    match event:
        case Progressed(key=key, done=done, total=total):
            setting.progress(f"{key}, MB", round(done / 1e6, 1), round((total or done) / 1e6, 1))
        case Retrying(reason=reason, attempt=attempt, of=of, pause=pause):
            setting.tell(f"{reason}; try {attempt} of {of} in {pause:g} s.")
        case StartedOver(key=key, reason=reason):
            setting.tell(f"{key}: {reason}; from its beginning.")
        case _:
            pass
