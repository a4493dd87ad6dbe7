"""All routes of the API."""

from __future__ import annotations

from fastapi import APIRouter

from atelier.gateway.api import accounts, classes, me, operation, tokens
from atelier.gateway.api.parts import Parts


def routers(parts: Parts) -> list[APIRouter]:
    """Return the routers, ready to be taken into an application."""
    return [module.router(parts) for module in (me, accounts, classes, tokens, operation)]
