"""What an HTTP answer other than success means: the exception, its reason, and what to do next."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from atelier.client._token import Token
from atelier.errors import (
    AnswerUnusable,
    ClientError,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RequestRefused,
    ServerFault,
    TooManyRequests,
)

#: Characters of a foreign page that a message quotes.
EXCERPT = 160

#: Seconds between two requests to a server that said 429, also where it asks for none.
_LEAST_PAUSE = 0.1


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer, read whole or up to a limit."""

    #: The server, the method and the path, such as `http://127.0.0.1:8188: GET /queue`.
    where: str
    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def refusal(answer: Answer, token: Token | None) -> ClientError | None:
    """Return the exception that the answer means; None for success."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return _redirect(answer, token)
    said = f"{answer.where} answered {status}"
    quoted = excerpt(answer, token)
    if status == 401:
        return NotSignedIn(f"{said}. {sign_in_advice(token, comfyui_login=_is_comfyui_login(answer))}")
    if status == 403:
        return NotAllowed(
            f"{said}{quoted}. The token may not do this, or a proxy or the server's origin check stops it."
        )
    if status == 404:
        return NotFound(f"{said}{quoted}. Check the address and the name, and that this is a ComfyUI server.")
    if status == 429:
        wait = retry_after(answer.headers.get("retry-after"))
        when = "later" if wait is None else f"in {wait:g} s"
        return TooManyRequests(f"{said}{quoted}: too many requests. Try again {when}.", retry_after=wait)
    if status == 413:
        return RequestRefused(f"{said}: too large for this server. Send a smaller file.")
    if status < 500:
        return RequestRefused(f"{said}{quoted}. See docs/reference/protocol.md for what it accepts.")
    return ServerFault(f"{said}{quoted}. Its log says why; try again once it is well.")


def sign_in_advice(token: Token | None, *, comfyui_login: bool) -> str:
    """Return what is wrong with the token, as far as can be told, and what to do."""
    if token is None:
        advice = "It wants a token: pass token=..."
        if comfyui_login:
            advice += (
                " It is ComfyUI-Login, whose token is the first line of its login/PASSWORD file (a hash)."
            )
        return advice
    if not comfyui_login:
        return "The token is wrong, expired or revoked: get a new one from whoever runs the server."
    if token.is_bcrypt_hash:
        return (
            "ComfyUI-Login does not know this hash. Copy the first line of its login/PASSWORD file again; "
            "after a change of the password the server must be restarted."
        )
    advice = (
        "ComfyUI-Login's token is the bcrypt hash in the first line of its login/PASSWORD file "
        "(it begins with $2b$), not the password; this token is no such hash."
    )
    if token.may_have_lost_dollars:
        advice += " In a shell, put it in single quotes: double quotes eat the parts after each $."
    return advice


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header names, as seconds or as a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def pause_after(refused: TooManyRequests, otherwise: float) -> float:
    """Return the seconds to wait after a 429: what the server asks for, or `otherwise`; never none."""
    return max(_LEAST_PAUSE, otherwise if refused.retry_after is None else refused.retry_after)


def excerpt(answer: Answer, token: Token | None) -> str:
    """Return the beginning of the answer's text, without tags and in parentheses; empty where it has none."""
    text = answer.body[: 64 * 1024].decode("utf-8", errors="replace")
    if "<" in text:
        text = re.sub(r"(?is)<(script|style|head)\b.*?(</\1\s*>|\Z)", " ", text)
        text = html.unescape(re.sub(r"(?s)<[^>]*(>|\Z)", " ", text))
    text = " ".join(each for each in text.split() if each.isprintable())
    if token is not None:
        text = token.hidden_in(text)
    if not text:
        return ""
    return f" ({text[:EXCERPT]}{'...' if len(text) > EXCERPT else ''})"


def _redirect(answer: Answer, token: Token | None) -> ClientError:
    target = urlsplit(answer.headers.get("location", ""))
    if target.path.rstrip("/").endswith("/login"):
        advice = sign_in_advice(token, comfyui_login=True)
        return NotSignedIn(f"{answer.where} sent us to its sign-in page. {advice}")
    # Without the query: it may carry somebody's token.
    shown = f"{target.scheme}://{target.hostname}{target.path}" if target.hostname else target.path
    return AnswerUnusable(
        f"{answer.where} answered {answer.status} and points to {shown or 'nowhere'}. "
        "The client does not follow, so that no token goes astray: use the final address as base_url."
    )


def _is_comfyui_login(answer: Answer) -> bool:
    return b"Authentication required." in answer.body
