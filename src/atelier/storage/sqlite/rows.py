"""Reads records out of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

from atelier.schemas.needs import Needs
from atelier.storage.account import Account, Group, Limits, Role
from atelier.storage.contract import Entry, Use
from atelier.storage.file import Area, Artifact, StoredFile
from atelier.storage.job import Attempt, Job, JobState
from atelier.storage.token import Grant, StoredToken, TokenKind


def day_of(at: float) -> str:
    """Return the day of a time, in UTC, as an ISO date."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def to_json(value: object) -> str:
    """Return a value as JSON in ASCII, which every text column takes."""
    return json.dumps(value, separators=(",", ":"))


def limits(row: Row) -> Limits:
    return Limits(
        images_per_day=row["images_per_day"],
        engine_seconds_per_day=row["engine_seconds_per_day"],
        storage_bytes=row["storage_bytes"],
        running=row["running_limit"],
        queued=row["queued_limit"],
    )


def limits_to_row(of: Limits) -> dict[str, Any]:
    return {
        "images_per_day": of.images_per_day,
        "engine_seconds_per_day": of.engine_seconds_per_day,
        "storage_bytes": of.storage_bytes,
        "running_limit": of.running,
        "queued_limit": of.queued,
    }


def account(row: Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        group=row["class"],
        weight=row["weight"],
        limits=limits(row),
        expires_at=row["expires_at"],
        disabled=bool(row["disabled"]),
        created_at=row["created_at"],
    )


def account_to_row(of: Account) -> dict[str, Any]:
    return {
        "id": of.id,
        "name": of.name,
        "role": of.role.value,
        "class": of.group,
        "weight": of.weight,
        "expires_at": of.expires_at,
        "disabled": of.disabled,
        "created_at": of.created_at,
        **limits_to_row(of.limits),
    }


def group(row: Row) -> Group:
    return Group(
        name=row["name"],
        limits=limits(row),
        shows_pictures=bool(row["shows_pictures"]),
        lesson_until=row["lesson_until"],
    )


def token(row: Row) -> StoredToken:
    return StoredToken(
        id=row["id"],
        account_id=row["account_id"],
        kind=TokenKind(row["kind"]),
        hint=row["hint"],
        scopes=_scopes(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


def grant(row: Row) -> Grant:
    return Grant(
        account=account(row),
        token_id=row["token_id"],
        kind=TokenKind(row["kind"]),
        scopes=_scopes(row["scopes"]),
    )


def scopes_to_row(scopes: Iterable[str] | None) -> str | None:
    return None if scopes is None else to_json(sorted(scopes))


def _scopes(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(json.loads(text))


def needs_to_json(needs: Needs) -> str:
    return to_json(
        {"node_classes": sorted(needs.node_classes), "models": sorted(list(each) for each in needs.models)}
    )


def job(row: Row) -> Job:
    needs = json.loads(row["needs"])
    return Job(
        id=row["id"],
        account_id=row["account_id"],
        given_id=row["given_id"],
        client_id=row["client_id"],
        workflow=json.loads(row["workflow"]),
        targets=tuple(json.loads(row["targets"])),
        extra_data=json.loads(row["extra_data"]),
        needs=Needs(
            node_classes=frozenset(needs["node_classes"]),
            models=frozenset((folder, file) for folder, file in needs["models"]),
            model=row["model"],
            kind=row["kind"],
        ),
        images=row["images"],
        state=JobState(row["state"]),
        number=row["number"],
        attempt=row["attempt"],
        engine=row["engine"],
        cancel_requested=bool(row["cancel_requested"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        engine_seconds=row["engine_seconds"],
        outputs=json.loads(row["outputs"]),
        messages=tuple((event, data) for event, data in json.loads(row["messages"])),
        extra=json.loads(row["extra"]),
        failure=row["failure"],
    )


def attempt(row: Row) -> Attempt:
    return Attempt(
        number=row["number"],
        engine=row["engine"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        reason=row["reason"],
    )


def file(row: Row) -> StoredFile:
    return StoredFile(
        account_id=row["account_id"],
        area=Area(row["area"]),
        subfolder=row["subfolder"],
        filename=row["filename"],
        artifact=Artifact(digest=row["digest"], size=row["size"]),
        media_type=row["media_type"],
        job_id=row["job_id"],
        created_at=row["created_at"],
    )


def use(row: Row) -> Use:
    return Use(
        account_id=row["account_id"],
        day=row["day"],
        images=row["images"],
        engine_seconds=row["engine_seconds"],
        jobs=row["jobs"],
        reserved_images=row["reserved_images"],
        reserved_seconds=row["reserved_seconds"],
    )


def entry(row: Row) -> Entry:
    return Entry(
        number=row["number"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=json.loads(row["detail"]),
    )
