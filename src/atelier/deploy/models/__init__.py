"""Model files: listed, fetched, checked and linked.

folder, lock = ModelFolder(Path("models")), ModelLock(Path(LOCK))
with folder.held():
    async with Net.opened(Hub(), Patience()) as net:
        fetching = Fetching(folder, lock, net, tell)
        plan = await fetching.plan(wanted_files(sets))
        await fetching.carry_out(plan)
"""

from __future__ import annotations

from atelier.deploy.models.events import Event, Kept, Progressed, Retrying, StartedOver, Tell
from atelier.deploy.models.fetch import Fetching, Plan, Step
from atelier.deploy.models.folder import Found, ModelFolder
from atelier.deploy.models.hub import Hub
from atelier.deploy.models.link import Linked, Outcome, link
from atelier.deploy.models.lock import LOCK, Locked, ModelLock
from atelier.deploy.models.patience import Patience
from atelier.deploy.models.sources import Net, OfflineFolder, Source
from atelier.deploy.models.verification import Checked, recorded_or_there, verify
from atelier.deploy.models.wanted import (
    HUB,
    DirectUrl,
    HubFile,
    Wanted,
    wanted_address,
    wanted_file,
    wanted_files,
)

__all__ = [
    "HUB",
    "LOCK",
    "Checked",
    "DirectUrl",
    "Event",
    "Fetching",
    "Found",
    "Hub",
    "HubFile",
    "Kept",
    "Linked",
    "Locked",
    "ModelFolder",
    "ModelLock",
    "Net",
    "OfflineFolder",
    "Outcome",
    "Patience",
    "Plan",
    "Progressed",
    "Retrying",
    "Source",
    "StartedOver",
    "Step",
    "Tell",
    "Wanted",
    "link",
    "recorded_or_there",
    "verify",
    "wanted_address",
    "wanted_file",
    "wanted_files",
]
