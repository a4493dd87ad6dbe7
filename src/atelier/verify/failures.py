"""What a failed exchange, or a failed job, means: a code, the reason in words, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from atelier.errors import (
    AtelierError,
    CredentialsError,
    DeadlineExceeded,
    JobFailed,
    JobLost,
    ModelSetUnknown,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PromptRejected,
    ServerFault,
    ServerUnreachable,
    TooManyRequests,
)
from atelier.verify.evidence import Exchange
from atelier.verify.outcome import Failed

#: What an engine's error text gives away, whichever way it reaches us.
_SIGNS: tuple[tuple[re.Pattern[str], str, str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code, reason, remedy)
    for pattern, code, reason, remedy in (
        (
            r"no space left on device|errno 28|the disk is full|not enough space on the disk",
            "disk",
            "The disk of the server is full.",
            "Make room where outputs and uploads are kept: atelier deploy status says where that is.",
        ),
        (
            r"driver on your system is too old|cuda driver version is insufficient",
            "driver",
            "The NVIDIA driver is too old for the CUDA of the engine's torch.",
            "Update the driver, or build the engine's image with a torch for an older CUDA.",
        ),
        (
            r"no kernel image is available",
            "gpu-architecture",
            "The engine's torch has no code for this GPU's architecture.",
            "Build the engine's image with a torch that supports the GPU.",
        ),
        (
            r"not compiled with cuda enabled",
            "torch-without-cuda",
            "The engine's torch is built for the CPU.",
            "Build the engine's image with the CUDA wheel of torch.",
        ),
        (
            r"no cuda gpus are available|found no nvidia driver|no nvidia driver",
            "gpu-unseen",
            "The engine's torch is built for CUDA and sees no GPU.",
            "Pass the GPU to the container: nvidia-container-toolkit, and `gpus` in the compose file.",
        ),
        (
            r"error\(s\) in loading state_dict|size mismatch for|safetensorerror|deserializing header"
            r"|metadataincompletebuffer|headertoo(?:large|small)|invalidheader|corrupted or incomplete",
            "model-damaged",
            "A model file is damaged, or is not the one that its name says.",
            "Compare the files with their checksums: atelier models verify; atelier models fetch --check.",
        ),
        (
            r"out of memory|outofmemoryerror|cannot allocate memory",
            "memory",
            "The engine has too little memory for this.",
            "Free the GPU of other programs, draw smaller, or take a smaller model set.",
        ),
    )
)


def sign_in(text: str) -> Failed | None:
    """Return the failure that an engine's own words give away; None where they say nothing."""
    for pattern, code, reason, remedy in _SIGNS:
        if pattern.search(text):
            return Failed(code, f"{reason} It said: {text[:300]}", remedy)
    return None


def failure_of(answer: Exchange, wanted: str) -> Failed:
    """Return what an answer means that is not the wanted one.

    Args:
        wanted: What was wanted instead, such as "200".
    """
    if answer.status is None:
        code, _, said = answer.error.partition(": ")
        return Failed(code, f"{answer.request}: {said}.", _UNANSWERED.get(code, "See the server's log."))
    said = f"{answer.request} answered {answer.status} instead of {wanted}"
    found = sign_in(answer.excerpt)
    if found is not None:
        return Failed(found.code, f"{said}. {found.reason}", found.remedy)
    if answer.status in _STATUSES:
        code, meaning, remedy = _STATUSES[answer.status](answer)
        return Failed(code, f"{said}: {meaning}.", remedy)
    if 300 <= answer.status < 400:
        return Failed(
            "redirect",
            f"{said}: it points to {_without_query(answer.location)}.",
            "Use the final address. The check does not follow, so that no token goes astray.",
        )
    if answer.status >= 500:
        return Failed("server-error", f"{said}: {answer.excerpt[:200]}.", "Its log says why.")
    return Failed(
        "stranger" if answer.status < 300 else "workflow",
        f"{said}: {answer.excerpt[:200] or 'an empty body'}.",
        "Check that the address leads to the server that is meant.",
    )


def failure_from(error: AtelierError) -> Failed:
    """Return what an error of the Python client means."""
    text = str(error)
    found = sign_in(text)
    if found is not None:
        return found
    if isinstance(error, PromptRejected):
        kinds = {each.kind for each in error.findings}
        if kinds & {"invalid_prompt", "missing_node_type"} and "does not exist" in text:
            return Failed("node", text, "Install the node's pack, and restart the engine.")
        if "value_not_in_list" in kinds:
            return Failed("model", text, "Put the file there, and restart the engine: atelier models fetch.")
        return Failed("workflow", text, "Correct the workflow as its findings say.")
    for kind, code, remedy in (
        (CredentialsError, "credentials", "atelier credentials init makes the store, sync its copies."),
        (JobLost, "job-lost", "The engine was restarted, or somebody cleared its queue: see its log."),
        (JobFailed, "job", "The engine's log has the traceback."),
        (ModelSetUnknown, "model", "Fetch the files of one model set: atelier models fetch."),
        (NotSignedIn, "token-refused", "`atelier credentials check` says which copy is wrong."),
        (TooManyRequests, "too-many", "Wait as long as it says, or raise the account's limits."),
        (NotAllowed, "forbidden", "Give the token the scope, or take another one."),
        (NotFound, "not-found", "Check that the address is that of the server."),
        (DeadlineExceeded, "late", "See whether others' jobs go first, and whether the engine is stuck."),
        (ServerFault, "server-error", "Its log says why."),
        (ServerUnreachable, "broken-off", "See whether the server runs, and what stands in between."),
    ):
        if isinstance(error, kind):
            return Failed(code, text, remedy)
    return Failed("server-error", text, "Its log says why.")


def _unauthorised(answer: Exchange) -> tuple[str, str, str]:
    if "Authorization" not in answer.sent:
        return "token-missing", "it wants a token", "Pass --token, or set ATELIER_TOKEN."
    if "Authentication required" in answer.excerpt:
        return (
            "token-refused",
            "ComfyUI-Login does not know the token",
            "Its token is the first line of login/PASSWORD, a bcrypt hash; restart it after a change. "
            "`atelier credentials check` names the copy that drifted.",
        )
    return (
        "token-refused",
        "the token is unknown, expired or revoked",
        "`atelier credentials check` names the copy that drifted; `atelier tokens list` what is in force.",
    )


def _forbidden(answer: Exchange) -> tuple[str, str, str]:
    if "scope_missing" in answer.excerpt:
        return "scope", "the token lacks a scope", "Issue a token with the scope that is named."
    if "origin_foreign" in answer.excerpt or "Origin" in answer.sent:
        return (
            "origin",
            "the origin of the request is refused",
            "Let the proxy pass on Host and X-Forwarded-Proto, name it in listen.trusted_proxies, and take "
            "the Origin header out before plain ComfyUI.",
        )
    return "forbidden", answer.excerpt[:200] or "without a word", "Allow it, or ask for something else."


def _gateway(answer: Exchange) -> tuple[str, str, str]:
    if "no_engine" in answer.excerpt:
        return (
            "engine-down",
            "the gateway is up, and none of its engines",
            "Start the engine: atelier engines list, atelier deploy status.",
        )
    if '"code"' in answer.excerpt and "request_id" in answer.excerpt:
        return (
            "engine-down",
            f"the gateway does not get an answer from its engine ({answer.excerpt[:160]})",
            "Start the engine: atelier engines list, atelier deploy status.",
        )
    return (
        "bad-gateway",
        "a proxy answers, and what is behind it does not",
        "See whether the service runs, and whether the proxy's upstream names its address and port.",
    )


_STATUSES: Mapping[int, Callable[[Exchange], tuple[str, str, str]]] = {
    401: _unauthorised,
    403: _forbidden,
    404: lambda answer: (
        "not-found",
        answer.excerpt[:120] or "nothing is there",
        "Check the address, its path included, and that this is the server that is meant.",
    ),
    429: lambda answer: (
        "too-many",
        answer.excerpt[:200],
        "Wait as long as it says, or raise the account's limits.",
    ),
    502: _gateway,
    503: _gateway,
    504: _gateway,
    507: lambda answer: (
        "disk",
        f"the account's storage or the disk is full ({answer.excerpt[:160]})",
        "Make room on the disk, or raise the account's limit.",
    ),
}

_UNANSWERED = {
    "refused": "Start the server, and check address and port.",
    "unknown-host": "Correct the name, or its entry in the DNS.",
    "unroutable": "Look at the network between here and there: VPN, firewall, clashing subnets.",
    "timeout": "See whether the server is stuck or overloaded, and whether a firewall swallows packets.",
    "broken-off": "See the logs of the server and of what stands before it.",
    "not-http": "Check the port: something else than a web server listens there.",
    "certificate-expired": "Renew the certificate, and see in the proxy's log why it was not renewed.",
    "certificate-early": "Set the clocks of both machines.",
    "certificate-untrusted": "Let the proxy send the whole chain, or give its authority with --ca-file.",
    "certificate-name": "Use the name in the certificate, or have one made for this name.",
    "tls": "See whether the port speaks TLS at all; the proxy's log says more.",
}


def _without_query(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else parts.path or "nowhere"
