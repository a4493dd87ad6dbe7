"""What administrators and teachers do to accounts, classes and tokens; each deed stands in the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from atelier.errors import AccountUnknown, GroupUnknown, LastAdmin, RequestInvalid, TokenUnknown
from atelier.gateway.account_names import checked_name
from atelier.gateway.roster import RosterPlan, plan_import, read_roster
from atelier.gateway.scopes import ROLE_SCOPES
from atelier.storage.account import Account, Group, Limits, Role
from atelier.storage.contract import Deed, Storage
from atelier.storage.token import NewToken, StoredToken, TokenKind, digest, hint, new_secret

#: Who does what the service does by itself.
SERVICE = "atelier"

#: The name of the account that the first start makes.
FIRST_ADMIN = "admin"


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token with its secret, which is shown this once."""

    account: Account
    token: StoredToken
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import of a roster did, or would do."""

    plan: RosterPlan
    #: Tokens of the new accounts; none in a dry run.
    issued: tuple[IssuedToken, ...]


class Administration:
    """Changes accounts, classes and tokens in the name of somebody."""

    def __init__(
        self, storage: Storage, *, now: Callable[[], float], changed: Callable[[], None] = lambda: None
    ) -> None:
        """Put the parts together.

        Args:
            storage: Where everything is kept.
            now: Seconds since 1970.
            changed: Called after each change of what somebody may do.
        """
        self._storage = storage
        self._now = now
        self._changed = changed

    # --- accounts ------------------------------------------------------------------------------------------

    async def account(self, name: str) -> Account:
        """Return an account by its name.

        Raises:
            AccountUnknown.
        """
        account = await self._storage.accounts.named(name)
        if account is None:
            raise AccountUnknown(f"There is no account '{name}'.")
        return account

    async def add_account(
        self,
        actor: str,
        name: str,
        role: Role,
        *,
        group: str | None = None,
        weight: float = 1.0,
        limits: Limits | None = None,
        expires_at: float | None = None,
    ) -> Account:
        """Add an account.

        Raises:
            RequestInvalid: the name cannot be used.
            NameTaken, GroupUnknown.
        """
        account = Account(
            id=secrets.token_hex(12),
            name=checked_name(name),
            role=role,
            group=group,
            weight=weight,
            limits=limits or Limits(),
            expires_at=expires_at,
            created_at=self._now(),
        )
        deed = _deed(actor, "account.added", account.name, role=role, group=group)
        await self._storage.accounts.add(account, deed=deed)
        return account

    async def change_account(self, actor: str, account: Account, changes: Mapping[str, Any]) -> Account:
        """Change fields of an account; one that is switched off has its waiting jobs cancelled.

        Raises:
            RequestInvalid: the new name cannot be used.
            NameTaken, GroupUnknown, AccountUnknown.
            LastAdmin: nobody could administer the service any more.
        """
        if "name" in changes:
            changes = {**changes, "name": checked_name(changes["name"])}
        after = replace(account, **changes)
        different = {name: value for name, value in changes.items() if getattr(account, name) != value}
        if not different:
            return account
        if _administers(account, self._now()) and not _administers(after, self._now()):
            await self._keep_an_admin(account)
        told = {key: _told(value) for key, value in different.items()}
        await self._storage.accounts.change(after, deed=_deed(actor, "account.changed", account.name, **told))
        self._changed()
        if after.disabled and not account.disabled:
            await self._storage.jobs.cancel_waiting(account.id)
        return after

    async def remove_account(self, actor: str, account: Account) -> None:
        """Remove an account with everything that it has.

        Raises:
            AccountBusy: a job of it runs.
            LastAdmin, AccountUnknown.
        """
        if _administers(account, self._now()):
            await self._keep_an_admin(account)
        await self._storage.jobs.cancel_waiting(account.id)
        deed = _deed(actor, "account.removed", account.name, role=account.role, group=account.group)
        await self._storage.accounts.remove(account.id, deed=deed)
        self._changed()

    async def first_admin(self, secret: str | None = None) -> IssuedToken | None:
        """Make an admin with a token where nobody can administer the service; None where somebody can.

        An admin that is there and has no token gets one.

        Args:
            secret: The token that it gets; a new one without.

        Raises:
            RequestInvalid: the token was issued before, and has ended.
        """
        accounts = await self._storage.accounts.list()
        living = {each.account_id for each in await self._living_tokens()}
        admins = [each for each in accounts if _administers(each, self._now())]
        if any(each.id in living for each in admins):
            return None
        if admins:
            account = admins[0]
        else:
            taken = {each.name for each in accounts}
            name = next(
                each
                for each in (FIRST_ADMIN, *(f"{FIRST_ADMIN}-{n}" for n in range(2, len(taken) + 3)))
                if each not in taken
            )
            account = await self.add_account(SERVICE, name, Role.ADMIN)
        return await self.issue(SERVICE, account, secret=secret)

    async def _keep_an_admin(self, account: Account) -> None:
        for each in await self._storage.accounts.list():
            if each.id != account.id and _administers(each, self._now()):
                return
        raise LastAdmin(f"'{account.name}' is the only admin: make another one first.")

    # --- classes -------------------------------------------------------------------------------------------

    async def group(self, name: str) -> Group:
        """Return a class by its name.

        Raises:
            GroupUnknown.
        """
        group = await self._storage.accounts.group(name)
        if group is None:
            raise GroupUnknown(f"There is no class '{name}'.")
        return group

    async def put_group(self, actor: str, name: str, changes: Mapping[str, Any]) -> Group:
        """Make a class, or change fields of one.

        Where its pictures are shown from now on, browsers are signed out: its students are told as they come
        back.

        Raises:
            RequestInvalid: the name cannot be used.
        """
        before = await self._storage.accounts.group(name)
        after = replace(before or Group(name=checked_name(name, "class")), **changes)
        if after != before:
            action = "class.added" if before is None else "class.changed"
            told = {key: _told(value) for key, value in changes.items()}
            await self._storage.accounts.put_group(after, deed=_deed(actor, action, after.name, **told))
            if after.shows_pictures and (before is None or not before.shows_pictures):
                await self._end_sessions(after)
        return after

    async def _end_sessions(self, group: Group) -> None:
        for account in await self._storage.accounts.list(group=group.name):
            for token in await self._storage.tokens.list(account.id):
                if token.kind is TokenKind.SESSION:
                    await self._storage.tokens.revoke(token.id)
        self._changed()

    async def open_lesson(self, actor: str, group: Group, *, minutes: float) -> Group:
        """Give a class more of the engines for a time, from now on."""
        after = replace(group, lesson_until=self._now() + 60 * minutes)
        deed = _deed(actor, "lesson.opened", group.name, minutes=minutes)
        await self._storage.accounts.put_group(after, deed=deed)
        return after

    async def close_lesson(self, actor: str, group: Group) -> Group:
        """End a class's lesson; a class without one stays as it is."""
        after = replace(group, lesson_until=None)
        if after != group:
            await self._storage.accounts.put_group(after, deed=_deed(actor, "lesson.closed", group.name))
        return after

    # --- tokens --------------------------------------------------------------------------------------------

    async def issue(
        self,
        actor: str,
        account: Account,
        *,
        scopes: Collection[str] | None = None,
        expires_at: float | None = None,
        secret: str | None = None,
    ) -> IssuedToken:
        """Issue a token: a new one, or the one that is given.

        Raises:
            RequestInvalid: a scope is not one of the account's role, or the given token was issued before.
            AccountUnknown.
        """
        beyond = sorted(set(scopes or ()) - ROLE_SCOPES[account.role])
        if beyond:
            raise RequestInvalid(f"A {account.role} has no scope '{beyond[0]}': a token cannot have more.")
        secret = secret or new_secret()
        new = NewToken(
            id=secrets.token_hex(8),
            account_id=account.id,
            digest=digest(secret),
            hint=hint(secret),
            scopes=None if scopes is None else frozenset(scopes),
            expires_at=expires_at,
        )
        narrowed = {} if scopes is None else {"scopes": sorted(scopes)}
        deed = _deed(actor, "token.issued", account.name, token=new.id, **narrowed)
        token = await self._storage.tokens.issue(new, deed=deed)
        return IssuedToken(account=account, token=token, secret=secret)

    async def reissue(self, actor: str, account: Account) -> IssuedToken:
        """Issue a token in the place of all others of an account, which end at once."""
        return await self.rotate(actor, account, overlap=0.0)

    async def rotate(self, actor: str, account: Account, *, overlap: float) -> IssuedToken:
        """Issue a token in the place of all others of an account; it may do what they may, and no more.

        Args:
            actor: In whose name.
            account: Whose tokens.
            overlap: Seconds for which the others still work.
        """
        before = await self._living_tokens(account.id)
        issued = await self.issue(actor, account, scopes=_scopes_of(before), expires_at=_end_of(before))
        at = self._now() + overlap
        for each in before:
            if each.expires_at is None or each.expires_at > at:
                deed = _deed(actor, "token.revoked", account.name, token=each.id, in_seconds=overlap)
                await self._storage.tokens.revoke(each.id, at=at, deed=deed)
        self._changed()
        return issued

    async def revoke(self, actor: str, token_id: str) -> None:
        """End a token at once, with the sessions that came from it.

        Raises:
            TokenUnknown: there is none of this id that still lives.
        """
        token = next((each for each in await self._storage.tokens.list() if each.id == token_id), None)
        account = None if token is None else await self._storage.accounts.get(token.account_id)
        name = token_id if account is None else account.name
        deed = _deed(actor, "token.revoked", name, token=token_id)
        if token is None or not await self._storage.tokens.revoke(token_id, deed=deed):
            raise TokenUnknown(f"There is no token '{token_id}' that still lives.")
        self._changed()

    async def issue_missing(self, actor: str, accounts: Sequence[Account]) -> tuple[IssuedToken, ...]:
        """Issue a token to each account that has none which still lives, and may be used."""
        living = {each.account_id for each in await self._living_tokens()}
        now = self._now()
        return tuple(
            [
                await self.issue(actor, each)
                for each in accounts
                if each.id not in living and not each.disabled and not _expired(each, now)
            ]
        )

    async def _living_tokens(self, account_id: str | None = None) -> list[StoredToken]:
        now = self._now()
        return [
            each
            for each in await self._storage.tokens.list(account_id)
            if each.kind is TokenKind.BEARER
            and (each.revoked_at is None or each.revoked_at > now)
            and (each.expires_at is None or each.expires_at > now)
        ]

    # --- rosters -------------------------------------------------------------------------------------------

    async def import_roster(
        self,
        actor: str,
        content: bytes,
        *,
        dry_run: bool = False,
        tokens: bool = True,
        role: Role = Role.STUDENT,
    ) -> Imported:
        """Add and change accounts as a roster says; all others stay as they are.

        An import that was cut off is taken up by the next: what is as the roster says is left alone.

        Args:
            actor: In whose name.
            content: The file.
            dry_run: Whether only to say what would be done.
            tokens: Whether the new accounts get tokens at once.
            role: Of new accounts for which the roster says none.

        Raises:
            RosterInvalid: with a line for each fault.
            LastAdmin.
        """
        rows = read_roster(content)
        groups = [each.name for each in await self._storage.accounts.groups()]
        plan = plan_import(rows, await self._storage.accounts.list(), groups, role=role)
        if dry_run:
            return Imported(plan=plan, issued=())
        for name in plan.groups:
            await self.put_group(actor, name, {})
        for each in plan.change:
            await self.change_account(
                actor, each.before, {name: getattr(each.after, name) for name in each.fields}
            )
        added = [
            await self.add_account(
                actor,
                row.name,
                row.role or role,
                group=row.group,
                weight=1.0 if row.weight is None else row.weight,
                expires_at=row.expires_at,
            )
            for row in plan.add
        ]
        return Imported(plan=plan, issued=await self.issue_missing(actor, added) if tokens else ())


def _deed(actor: str, action: str, subject: str, **detail: Any) -> Deed:
    return Deed(actor=actor, action=action, subject=subject, detail=detail)


def _scopes_of(tokens: Sequence[StoredToken]) -> frozenset[str] | None:
    """Return what tokens may do together; None for all that the role may, as where there are none."""
    scopes = [each.scopes for each in tokens if each.scopes is not None]
    return frozenset().union(*scopes) if tokens and len(scopes) == len(tokens) else None


def _end_of(tokens: Sequence[StoredToken]) -> float | None:
    """Return when the last of some tokens expires; None for never, as where there are none."""
    ends = [each.expires_at for each in tokens if each.expires_at is not None]
    return max(ends) if tokens and len(ends) == len(tokens) else None


def _administers(account: Account, now: float) -> bool:
    return account.role is Role.ADMIN and not account.disabled and not _expired(account, now)


def _expired(account: Account, now: float) -> bool:
    return account.expires_at is not None and account.expires_at <= now


def _told(value: Any) -> Any:
    """Return a value as the audit log can hold it."""
    if isinstance(value, Limits):
        return {
            name: each for name in Limits.__dataclass_fields__ if (each := getattr(value, name)) is not None
        }
    return value
