"""What can be allowed, in a sentence each, and what each role may."""

from __future__ import annotations

from types import MappingProxyType

from atelier.storage.account import Role

#: Scope to what it allows. Checks, refusals and documentation all read this table.
SCOPES = MappingProxyType(
    {
        "page:use": "Load the ComfyUI page and keep its settings.",
        "nodes:read": "See the node classes, the models and what the service can do.",
        "jobs:submit": "Run workflows.",
        "jobs:read": "See one's own jobs and hear of them.",
        "jobs:cancel": "Cancel one's own jobs and clear one's own history.",
        "files:read": "See one's own uploads, pictures and saved workflows.",
        "files:write": "Upload pictures, and store and delete one's own files.",
        "self:read": "See one's own account, limits and use.",
        "self:manage": "Take out and delete what is kept of oneself.",
        "class:read": "See the counts, states, errors and use of one's own class.",
        "class:pictures": "See the pictures of one's own class, where its policy says so.",
        "class:lesson": "Open and close lessons of one's own class.",
        "class:jobs": "Cancel jobs of one's own class.",
        "class:tokens": "Give students of one's own class new tokens.",
        "accounts:read": "See all accounts and classes.",
        "accounts:write": "Add, change and remove accounts and classes.",
        "tokens:read": "See all tokens by their hints.",
        "tokens:write": "Issue, rotate and revoke tokens.",
        "jobs:manage": "See and cancel everybody's jobs.",
        "engines:read": "See the engines and how they are.",
        "engines:write": "Drain engines, take them back in, and free their memory.",
        "usage:read": "See what everybody used.",
        "audit:read": "Read the audit log.",
        "data:manage": "Export and delete the data of accounts.",
        "metrics:read": "Read the service's figures, as a monitoring system does.",
    }
)

_STUDENT = frozenset(
    {
        "page:use",
        "nodes:read",
        "jobs:submit",
        "jobs:read",
        "jobs:cancel",
        "files:read",
        "files:write",
        "self:read",
        "self:manage",
    }
)
_TEACHER = _STUDENT | {"class:read", "class:pictures", "class:lesson", "class:jobs", "class:tokens"}

#: Role to its scopes; a token may have fewer, never more.
ROLE_SCOPES = MappingProxyType(
    {Role.STUDENT: _STUDENT, Role.TEACHER: _TEACHER, Role.ADMIN: frozenset(SCOPES)}
)
