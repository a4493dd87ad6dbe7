"""The step that makes the deployment's directory and its secrets, and brings every copy in step."""

from __future__ import annotations

from collections.abc import Sequence

from atelier.credentials.check import check
from atelier.credentials.store import FOLDER, Store
from atelier.credentials.sync import Done as Synced
from atelier.credentials.sync import sync
from atelier.deploy.interruption import interruptible
from atelier.deploy.making import make
from atelier.deploy.secrets import prepare
from atelier.errors import CopiesDrifted
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome


async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Render the directory where there is none, make what secrets are missing, and mend every copy.

    Raises:
        DeployError: the directory cannot be made.
        CredentialsError: a secret is missing that nobody can make, or a copy cannot be mended.
    """
    did = []
    if not setting.is_made:
        setting.tell(f"Making {setting.directory}.")
        with interruptible():
            make(setting.directory, setting.deployment, source=setting.source)
        did.append(f"made {setting.directory}")
    folder = setting.directory / FOLDER
    known = Store.open(folder).names() if _has_store(setting) else ()
    drifted = [each for each in sync(Store.open(folder), write=False) if each.drifts] if known else []
    store = prepare(setting.directory, setting.deployment)
    made = [each for each in store.names() if each not in known]
    if made:
        did.append(f"made the secrets {', '.join(made)}")
    if drifted:
        did.append("mended " + ", ".join(f"{each.file} ({each.drifts[0].reason.value})" for each in drifted))
    restart = dict.fromkeys(each.restart for each in drifted if each.restart)
    if restart:
        did.append(f"restart what reads them only at its start: atelier deploy restart {' '.join(restart)}")
    report = check(store)
    if report.drifts:
        raise CopiesDrifted("\n".join(str(each) for each in report.drifts))
    stand = f"{len(store.names())} secrets and {report.copies} copies are in step"
    text = "; ".join([*did, stand])
    return Done(told=f"{text[0].upper()}{text[1:]}.", changed=bool(did))


async def plan(setting: Setting) -> str:
    """Say what would be made and mended."""
    if not setting.is_made:
        return (
            f"Would make {setting.directory} for {setting.deployment.address.url}, with the services "
            f"{', '.join(setting.deployment.services)}, and a store of secrets in it."
        )
    if not _has_store(setting):
        return f"Would make a store of secrets in {setting.directory / FOLDER}."
    changes = sync(Store.open(setting.directory / FOLDER), write=False)
    drifted = [each.file for each in changes if each.done is not Synced.UNCHANGED]
    if drifted:
        return f"Would mend {', '.join(drifted)}."
    return f"{len(changes)} copies are in step: nothing to do."


def _has_store(setting: Setting) -> bool:
    return (setting.directory / FOLDER / "store.json").exists()
