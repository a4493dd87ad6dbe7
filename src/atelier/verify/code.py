"""What went wrong, in one word for programs: what the diagnosis reads."""

from __future__ import annotations

from collections.abc import Mapping

#: Code to what it means. A failed claim has one of them.
CODES: Mapping[str, str] = {
    # Reaching it
    "refused": "The connection is refused: no program listens there.",
    "unknown-host": "The name leads to no address.",
    "unroutable": "No way leads to the address.",
    "timeout": "No answer came in time.",
    "broken-off": "The connection broke off.",
    "not-http": "What answers does not speak HTTP.",
    "certificate-expired": "The certificate has expired.",
    "certificate-early": "The certificate is not valid yet.",
    "certificate-untrusted": "Nobody whom this machine trusts has signed the certificate.",
    "certificate-name": "The certificate is for another name.",
    "certificate-old": "The certificate expires soon.",
    "tls": "TLS fails.",
    "plain": "Tokens travel without encryption.",
    "redirect": "The address leads elsewhere.",
    "bad-gateway": "A proxy answers, and what is behind it does not.",
    "engine-down": "The gateway answers, and no engine is up behind it.",
    "engine-lost": "One of several engines is down.",
    "server-error": "The server failed by its own account.",
    "stranger": "Another program answers at the address.",
    "clock": "The clocks differ.",
    "too-many": "The server asks to come back later.",
    # The door
    "token-missing": "A token is wanted, and none was given.",
    "token-refused": "The token is refused.",
    "token-format": "The token is not of the form that this server issues.",
    "scope": "The token may not do this.",
    "door-open": "A route answers without a valid token.",
    "door-hole": "A route answers to whoever knows a trick.",
    "origin": "A request of the service's own page is refused for its origin.",
    "foreign-origin": "A page of another site is let in.",
    "leak": "One account sees what is another's.",
    "forbidden": "It is refused with 403.",
    "not-found": "It is not there.",
    # The WebSocket
    "socket-stripped": "The handshake arrives as an ordinary request: a proxy took the upgrade away.",
    "socket-silent": "The WebSocket is open and says nothing.",
    # The machine
    "cpu": "The engine draws on the CPU.",
    "torch-without-cuda": "The engine's torch is built for the CPU.",
    "gpu-unseen": "The engine's torch is built for CUDA, and sees no GPU.",
    "driver": "The driver is too old for the engine's torch.",
    "gpu-architecture": "The engine's torch has no code for this GPU.",
    "memory": "Memory does not suffice.",
    "disk": "The disk is full, or nearly so.",
    "version": "The version is too old.",
    "subnet": "Two networks share addresses.",
    "containers": "A container does not run, or is not well.",
    "credentials": "A copy of a secret is not what the store has.",
    "secret-exposed": "Others may read or change a file with secrets.",
    # What it draws
    "node": "A node class is missing.",
    "model": "A model file is missing.",
    "model-damaged": "A model file is damaged, or another one than its name says.",
    "workflow": "The workflow is refused.",
    "job": "The job failed.",
    "job-lost": "The job is not known any more.",
    "picture-unreadable": "What came back is no picture.",
    "picture-size": "The picture has another size than was asked for.",
    "picture-uniform": "The picture is of one colour.",
    "picture-placeholder": "The picture is a placeholder.",
    "picture-repeated": "Another seed gives the same picture.",
    "picture-unsteady": "The same seed gives another picture.",
    "cached": "The picture was not drawn: it came out of the cache.",
    "file-changed": "A file comes back changed.",
    # The rest
    "slow": "It takes longer than it may.",
    "late": "The check did not end by its deadline.",
    "no-evidence": "The check ended without evidence.",
    "unexpected": "The check itself failed.",
}
