"""What people are told of who sees their pictures."""

from __future__ import annotations

from atelier.storage.account import Account, Role
from atelier.storage.contract import Accounts

SEEN = "Your teachers see the pictures that you make. Ask them, or whoever runs the service, about it."
UNSEEN = "Nobody but you sees your pictures here. Your teachers see how many you make, and errors."


async def pictures_seen(accounts: Accounts, account: Account) -> bool:
    """Return whether teachers see the pictures of an account."""
    if account.role is not Role.STUDENT or account.group is None:
        return False
    group = await accounts.group(account.group)
    return group is not None and group.shows_pictures
