"""Fetches model files: first what it would take, then the doing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from atelier.deploy.models.content import sha256_of
from atelier.deploy.models.events import Kept, Tell
from atelier.deploy.models.folder import Found, ModelFolder
from atelier.deploy.models.lock import Locked, ModelLock
from atelier.deploy.models.offer import Offer
from atelier.deploy.models.part import Part
from atelier.deploy.models.sources import Source
from atelier.deploy.models.wanted import ChecksumFrom, Wanted
from atelier.errors import DeployError, DiskTooSmall, DownloadFailed, ModelFileMissing

#: Bytes that are left free on a disk.
RESERVE = 256 * 2**20


@dataclass(frozen=True, kw_only=True)
class Step:
    """One file that is to be fetched."""

    offer: Offer
    target: Path
    #: Bytes that an earlier attempt left.
    begun: int
    #: Why a file that lies there is replaced; None where there is none.
    replaces: str | None = None

    @property
    def left(self) -> int | None:
        """Bytes that are yet to come; None where nobody knows."""
        return None if self.offer.size is None else max(0, self.offer.size - self.begun)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What fetching takes."""

    steps: tuple[Step, ...]
    #: Files that are there as they should be.
    present: tuple[Found, ...]

    @property
    def left(self) -> int:
        """Bytes that are yet to come, of the files of known size."""
        return sum(each.left or 0 for each in self.steps)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Files of which nobody knows the size."""
        return tuple(each.offer.key for each in self.steps if each.left is None)

    def check_space(self, *, reserve: int = RESERVE) -> None:
        """See that the disks have room.

        Raises:
            DiskTooSmall: one has not.
        """
        need: dict[int, tuple[Path, int]] = {}
        for step in self.steps:
            place = _existing(step.target)
            device = place.stat().st_dev
            need[device] = (place, need.get(device, (place, 0))[1] + (step.left or 0))
        for place, bytes_needed in need.values():
            free = shutil.disk_usage(place).free
            if bytes_needed + reserve > free:
                raise DiskTooSmall(
                    f"{place} has {_gb(free)} GB free, and the files need {_gb(bytes_needed)} GB and "
                    f"{_gb(reserve)} GB to spare: make room for {_gb(bytes_needed + reserve - free)} GB, or "
                    "choose another folder. Nothing was fetched."
                )


class Fetching:
    """Fetches files into one folder from one source, and keeps its lock file."""

    def __init__(
        self,
        folder: ModelFolder,
        lock: ModelLock,
        source: Source,
        tell: Tell,
        *,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._folder, self._lock, self._source, self._tell, self._today = folder, lock, source, tell, today

    async def plan(self, wanted: Sequence[Wanted], *, recheck: bool = False, record: bool = True) -> Plan:
        """Look up what is not there; a file that is there and was never recorded is read and recorded.

        Args:
            recheck: Whether recorded files are read again, too, and the damaged ones replaced.
            record: Whether files that are there and sound are recorded; without, nothing is written.

        Raises:
            ModelLockInvalid, UsageError: the lock file or the settings cannot be used.
            DownloadFailed: nobody answers.
            DeployError: some files cannot be had; the message names each.
        """
        steps, present, problems = list[Step](), list[Found](), list[DeployError]()
        for each in wanted:
            known = self._lock.applied(each)
            recorded = each.key in self._lock.files
            found = self._folder.look(known, recorded=recorded and not recheck)
            try:
                if found.standing == "there":
                    present.append(found)
                elif (adopted := await self._adopted(found, record=record)) is None:
                    steps.append(await self._step(known, found))
                elif isinstance(adopted, Found):
                    present.append(adopted)
                else:
                    steps.append(adopted)
            except DownloadFailed:
                # Who does not answer for one file does not for the next, after as long a wait.
                raise
            except DeployError as problem:
                problems.append(problem)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            lines = "".join(f"\n  {each}" for each in problems)
            raise type(problems[0])(f"{len(problems)} files cannot be had, and nothing was fetched:{lines}")
        return Plan(steps=tuple(steps), present=tuple(present))

    async def carry_out(self, plan: Plan) -> tuple[Kept, ...]:
        """Fetch what is planned; each file is there for good as soon as it is told.

        A file that fails does not keep the others from coming, a full disk does.

        Raises:
            DiskTooSmall: there is no room, checked before the first byte too.
            DeployError: files could not be fetched; the message names each.
        """
        plan.check_space()
        kept, problems = list[Kept](), list[DeployError]()
        for step in plan.steps:
            try:
                kept.append(await self._fetch(step))
            except DiskTooSmall:
                raise
            except DeployError as problem:
                problems.append(problem)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            lines = "".join(f"\n  {each}" for each in problems)
            raise type(problems[0])(f"{len(problems)} of {len(plan.steps)} files did not come:{lines}")
        return tuple(kept)

    async def _fetch(self, step: Step) -> Kept:
        offer = step.offer
        with Part(step.target) as part:
            digest = await self._source.bring(offer, part, self._tell)
            size = part.size
            part.keep()
        return self._record(offer, size, digest)

    async def _adopted(self, found: Found, *, record: bool) -> Found | Step | None:
        """Return a file that is there as present or, with other bytes, as to be replaced; None for others."""
        if found.standing != "unchecked" or found.path is None:
            return None
        known, offer = found.wanted, None
        if known.sha256 is None:
            # A folder that has it not cannot say what it should be.
            with suppress(ModelFileMissing):
                offer = await self._source.look_up(known, self._tell)
                known = replace(known, size=offer.size, sha256=offer.sha256)
        if known.size not in (None, found.size):
            return None
        digest = await sha256_of(found.path, known.key, self._tell)
        if known.sha256 not in (None, digest):
            offer = offer or await self._source.look_up(known, self._tell)
            return self._planned(offer, f"its SHA-256 is {digest} instead of {known.sha256}")
        origin: ChecksumFrom = "content"
        if known.sha256 is not None:
            origin = offer.sha256_from if offer else known.sha256_from
        if record:
            taken = Offer(wanted=known, place=found.path, origin=found.path.name, sha256_from=origin)
            self._record(offer or taken, found.size, digest)
        return replace(found, standing="there")

    async def _step(self, known: Wanted, found: Found) -> Step:
        offer = await self._source.look_up(known, self._tell)
        reason = None
        if found.standing == "wrong size":
            expected = "" if known.size is None else f" instead of {known.size:,}"
            reason = f"it has {found.size:,} bytes{expected}"
        elif found.standing == "unchecked":
            reason = f"it has {found.size:,} bytes instead of {offer.size or 0:,}"
        elif found.standing == "dangling link":
            reason = "it is a link to a file that is gone"
        return self._planned(offer, reason)

    def _planned(self, offer: Offer, replaces: str | None) -> Step:
        # What lies there is replaced where it lies, in a sub-folder too.
        target = self._folder.find(offer.wanted) or self._folder.target(offer.wanted)
        part = Part(target)
        identity = part.identity()
        same = identity is not None and offer.sha256 in (None, identity.sha256)
        return Step(offer=offer, target=target, begun=part.waiting if same else 0, replaces=replaces)

    def _record(self, offer: Offer, size: int, digest: str) -> Kept:
        recorded = self._lock.files.get(offer.key)
        if recorded is None:
            locked = Locked(
                origin=offer.origin,
                revision=offer.revision,
                size=size,
                sha256=digest,
                sha256_from=offer.sha256_from,
                recorded=self._today().isoformat(),
            )
            self._lock.record(offer.key, locked)
        else:
            locked = recorded
        kept = Kept(key=offer.key, size=size, sha256=digest, sha256_from=locked.sha256_from)
        self._tell(kept)
        return kept


def _existing(path: Path) -> Path:
    """Return the nearest folder above that is there."""
    return next((each for each in path.absolute().parents if each.is_dir()), Path.cwd())


def _gb(number: int) -> str:
    return f"{number / 1e9:,.2f}"
