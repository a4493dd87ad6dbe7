"""`/atelier/api/classes`: for administrators, and for the teachers of each."""

from __future__ import annotations

from collections import Counter
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import AccountUnknown, GroupUnknown, JobUnknown, ScopeMissing
from atelier.gateway.api.documents import (
    ClassOverviewDocument,
    DoneDocument,
    GroupChangesDocument,
    GroupDocument,
    JobDocument,
    LessonDocument,
    PictureDocument,
    SecretDocument,
    StudentDocument,
    UsedDocument,
)
from atelier.gateway.api.me import deed_of, note
from atelier.gateway.api.parts import Parts
from atelier.gateway.file_answers import picture_answer
from atelier.gateway.guard import needs
from atelier.gateway.identity import Identity
from atelier.gateway.own_data import moment
from atelier.storage.account import Account, Group, Role
from atelier.storage.contract import Use
from atelier.storage.file import Area
from atelier.storage.job import Cancellation, Job, JobState

Reader = Annotated[Identity, needs("class:read")]
Writer = Annotated[Identity, needs("accounts:write")]

_DAY = 86_400.0
#: Jobs of a student that are looked at, the latest first.
_LATEST = 200
#: Failures of a student that are told.
_FAILURES = 3


def router(parts: Parts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/atelier/api", tags=["classes"])
    storage, administration = parts.storage, parts.administration

    async def own(identity: Identity, name: str) -> Group:
        """Return a class that is the teacher's own, or any to an administrator; others do not exist."""
        if identity.account.group != name and not identity.may("accounts:read"):
            raise GroupUnknown(f"There is no class '{name}'.")
        return await administration.group(name)

    async def student(identity: Identity, class_name: str, name: str) -> Account:
        """Return a student of such a class."""
        group = await own(identity, class_name)
        account = await storage.accounts.named(name)
        if account is None or account.group != group.name or account.role is not Role.STUDENT:
            raise AccountUnknown(f"There is no student '{name}' in the class '{group.name}'.")
        return account

    async def students(group: Group) -> list[Account]:
        accounts = await storage.accounts.list(group=group.name)
        return [each for each in accounts if each.role is Role.STUDENT]

    async def showing(identity: Identity, name: str) -> Group:
        group = await own(identity, name)
        if not group.shows_pictures:
            raise ScopeMissing(
                f"The class '{name}' does not show its pictures. An admin can change that, and the students "
                "are told then."
            )
        return group

    @routes.get("/classes", summary="List the classes that one may see.")
    async def listing(identity: Reader) -> list[GroupDocument]:
        every = identity.may("accounts:read")
        return [
            GroupDocument.of(each, parts.now())
            for each in await storage.accounts.groups()
            if every or each.name == identity.account.group
        ]

    @routes.put("/classes/{name}", summary="Make a class, or change one.")
    async def put(identity: Writer, name: str, body: GroupChangesDocument) -> GroupDocument:
        group = await administration.put_group(identity.account.name, name, body.changes)
        return GroupDocument.of(group, parts.now())

    @routes.get("/classes/{name}", summary="Show how a class is doing today.")
    async def overview(identity: Reader, name: str) -> ClassOverviewDocument:
        group = await own(identity, name)
        use: dict[str, list[Use]] = {}
        for each in await storage.usage.of(since=parts.today):
            use.setdefault(each.account_id, []).append(each)
        midnight = parts.now() - parts.now() % _DAY
        found = []
        for account in await students(group):
            jobs = [
                job
                for job in await storage.jobs.list(account.id, limit=_LATEST, hidden=True)
                if job.created_at >= midnight or not job.state.final
            ]
            found.append(_student(account, jobs, use.get(account.id, [])))
        return ClassOverviewDocument(group=GroupDocument.of(group, parts.now()), students=found)

    @routes.post("/classes/{name}/lesson", summary="Give a class more of the engines for a lesson.")
    async def open_lesson(
        identity: Annotated[Identity, needs("class:lesson")], name: str, body: LessonDocument
    ) -> GroupDocument:
        group = await own(identity, name)
        after = await administration.open_lesson(identity.account.name, group, minutes=body.minutes)
        return GroupDocument.of(after, parts.now())

    @routes.delete("/classes/{name}/lesson", summary="End a class's lesson.")
    async def close_lesson(identity: Annotated[Identity, needs("class:lesson")], name: str) -> GroupDocument:
        after = await administration.close_lesson(identity.account.name, await own(identity, name))
        return GroupDocument.of(after, parts.now())

    @routes.get("/classes/{name}/jobs", summary="List the jobs of a class that wait or run.")
    async def jobs(identity: Reader, name: str) -> list[JobDocument]:
        group = await own(identity, name)
        return [
            JobDocument.of(job, account.name)
            for account in await students(group)
            for job in await storage.jobs.list(
                account.id, states={JobState.QUEUED, JobState.RUNNING}, limit=_LATEST
            )
        ]

    @routes.delete("/classes/{name}/students/{who}/jobs/{job_id}", summary="Cancel a student's job.")
    async def cancel(
        identity: Annotated[Identity, needs("class:jobs")], name: str, who: str, job_id: str
    ) -> DoneDocument:
        account = await student(identity, name, who)
        return await cancelled(parts, identity, account, job_id)

    @routes.post("/classes/{name}/students/{who}/token", summary="Give a student a new token for a lost one.")
    async def reissue(
        identity: Annotated[Identity, needs("class:tokens")], name: str, who: str
    ) -> SecretDocument:
        account = await student(identity, name, who)
        return SecretDocument.of(await administration.reissue(identity.account.name, account))

    @routes.get("/classes/{name}/pictures", summary="List the pictures of a class that shows them.")
    async def pictures(
        identity: Annotated[Identity, needs("class:pictures")], name: str
    ) -> list[PictureDocument]:
        group = await showing(identity, name)
        return [
            PictureDocument(
                student=account.name,
                subfolder=file.subfolder,
                filename=file.filename,
                media_type=file.media_type,
                size=file.artifact.size,
                created=moment(file.created_at),
                path=_path(group.name, account.name, file.subfolder, file.filename),
            )
            for account in await students(group)
            for file in await storage.files.list(account.id, Area.OUTPUT)
        ]

    @routes.get(
        "/classes/{name}/students/{who}/pictures/{path:path}",
        summary="Show a picture of a class that shows them.",
        response_class=Response,
    )
    async def picture(
        identity: Annotated[Identity, needs("class:pictures")],
        request: Request,
        name: str,
        who: str,
        path: str,
    ) -> Response:
        await showing(identity, name)
        account = await student(identity, name, who)
        subfolder, _, filename = path.rpartition("/")
        file = await storage.files.get(account.id, Area.OUTPUT, subfolder, filename)
        if file is None:
            raise JobUnknown(f"'{who}' has no picture of this name.")
        await note(parts, identity, "picture.seen", account, file=path)
        kept = parts.config.policy.with_workflow(identity.account.role)
        return await picture_answer(request, file, parts.artifacts, with_workflow=kept)

    return routes


async def cancelled(parts: Parts, identity: Identity, account: Account, job_id: str) -> DoneDocument:
    """Cancel a job, and say what became of it."""
    deed = deed_of(identity, "job.cancelled", account, job=job_id)
    outcome = await parts.storage.jobs.cancel(account.id, job_id, deed=deed)
    if outcome is Cancellation.UNKNOWN:
        raise JobUnknown(f"'{account.name}' has no job '{job_id}'.")
    if outcome is Cancellation.REQUESTED:
        parts.stopping()
    return DoneDocument(
        done={
            Cancellation.DONE: "cancelled",
            Cancellation.REQUESTED: "stopping",
            Cancellation.TOO_LATE: "ended before",
        }[outcome]
    )


def _student(account: Account, jobs: list[Job], uses: list[Use]) -> StudentDocument:
    states = Counter(job.state for job in jobs)
    return StudentDocument(
        name=account.name,
        waiting=states[JobState.QUEUED],
        running=states[JobState.RUNNING],
        succeeded=states[JobState.SUCCEEDED],
        failed=states[JobState.FAILED],
        cancelled=states[JobState.CANCELLED],
        latest_failures=[job.failure for job in jobs if job.failure is not None][:_FAILURES],
        used=UsedDocument.of(uses),
        disabled=account.disabled,
    )


def _path(class_name: str, student: str, subfolder: str, filename: str) -> str:
    picture = f"{subfolder}/{filename}" if subfolder else filename
    return (
        f"/atelier/api/classes/{quote(class_name, safe='')}/students/{quote(student, safe='')}"
        f"/pictures/{quote(picture)}"
    )
