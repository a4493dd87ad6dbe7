"""Keeps secrets out of everything that is kept."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

_SHOWN = "[hidden]"

#: What is a secret by its form, whoever issued it: Atelier's tokens, bcrypt hashes (ComfyUI-Login's tokens),
#: and what follows a name that gives it away.
_FORMS = (
    re.compile(r"\batl_[A-Za-z0-9_-]{8,}"),
    re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{20,53}"),
    re.compile(r"(?i)((?:ticket|token|password|secret|api_key|session)=)[^\s\"'&;,]{4,}"),
    re.compile(r"(?i)([\"'](?:ticket|token|password|secret|api_key)[\"']\s*:\s*[\"'])[^\"']{4,}"),
    re.compile(r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/$=-]{4,}"),
)


class Redaction:
    """Blanks out the secrets in use, in every spelling in which they travel, and what looks like one."""

    def __init__(self, secrets: Iterable[str | None]) -> None:
        spellings: set[str] = set()
        for secret in secrets:
            if secret:
                encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
                spellings |= {secret, quote(secret, safe=""), encoded}
        # The longest first: one may be a part of another.
        self._spellings = sorted(spellings, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return the text without secrets, and without what no file can hold: halves of characters."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        for each in self._spellings:
            text = text.replace(each, _SHOWN)
        for form in _FORMS:
            text = form.sub(lambda found: (found[1] if found.re.groups else "") + _SHOWN, text)
        return text
