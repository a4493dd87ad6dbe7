"""Every claim that is proved: docs/reference/claims.md is written from it."""

from __future__ import annotations

from collections.abc import Mapping

from atelier.verify.checks import (
    accounts,
    door,
    drawing,
    figures,
    files,
    machine,
    reach,
    restart,
    server,
    socket,
    tls,
    workflows,
)
from atelier.verify.claim import Claim
from atelier.verify.kind import Kind
from atelier.workflows.library import LIBRARY
from atelier.workflows.text_to_image import TEXT_TO_IMAGE

_OPEN: Mapping[Kind, str] = {
    "comfyui": "Plain ComfyUI asks for no token: whoever reaches it may do everything.",
    "embedded": "The embedded engine asks for no token: whoever reaches it may do everything.",
    "unknown": "What stands at the address is not known, and so not whether it has a door.",
}
_NO_ACCOUNTS: Mapping[Kind, str] = {
    **_OPEN,
    "comfyui-login": "ComfyUI-Login has one password for all, and no accounts.",
}
_GATEWAY_ONLY: Mapping[Kind, str] = {
    **_NO_ACCOUNTS,
    "comfyui-login": "ComfyUI-Login has no such thing; this is the gateway's.",
}
_ENGINE_ITSELF: Mapping[Kind, str] = {
    "comfyui": "It is an engine itself.",
    "comfyui-login": "It is an engine itself.",
    "embedded": "It is an engine itself.",
    "unknown": "What stands at the address is not known, and so not whether it has engines.",
}

CLAIMS: tuple[Claim, ...] = (
    # --- reaching it ---
    Claim(
        id="reach.answers",
        text="A server that Atelier knows answers at the address.",
        check=reach.answers,
    ),
    Claim(
        id="reach.own-address",
        text="The address answers itself, and leads nowhere else.",
        check=reach.own_address,
    ),
    Claim(
        id="reach.own-origin",
        text="A request that names the service's own origin, as its page does, is let in.",
        check=reach.own_origin,
    ),
    Claim(
        id="reach.clock",
        text="The clocks of the server and of this machine agree within 30 seconds.",
        check=reach.clock,
    ),
    Claim(
        id="tls.certificate",
        text="The certificate is for the name, its chain is trusted, and it holds for 14 more days, or for a "
        "quarter of its life.",
        check=tls.certificate,
        needs=("tls",),
    ),
    Claim(
        id="tls.encrypted",
        text="Nothing travels unencrypted beyond this machine.",
        check=tls.encrypted,
    ),
    # --- the door ---
    Claim(
        id="door.refuses-strangers",
        text="Without a token, one route of each family answers 401.",
        check=door.few_refuse_strangers,
        not_for=_OPEN,
    ),
    Claim(
        id="door.refuses-strangers-everywhere",
        text="Without a token, every known route answers 401.",
        check=door.all_refuse_strangers,
        profile="full",
        not_for=_OPEN,
    ),
    Claim(
        id="door.refuses-wrong-tokens",
        text="With a wrong token, one route of each family answers 401.",
        check=door.few_refuse_wrong_tokens,
        not_for=_OPEN,
    ),
    Claim(
        id="door.refuses-wrong-tokens-everywhere",
        text="With a wrong token, every known route answers 401, or 429 after many attempts.",
        check=door.all_refuse_wrong_tokens,
        profile="full",
        not_for=_OPEN,
        turn="last",
    ),
    Claim(
        id="door.takes-the-token",
        text="With the token, a route answers 200.",
        check=door.takes_the_token,
        not_for=_OPEN,
        needs=("token",),
    ),
    Claim(
        id="door.nothing-by-ending",
        text="No path is let in for its ending alone.",
        check=door.nothing_by_ending,
        not_for=_OPEN,
    ),
    Claim(
        id="door.nothing-of-the-host",
        text="With the token, neither the server's log nor files of the host can be had.",
        check=door.nothing_of_the_host,
        not_for={
            **_OPEN,
            "comfyui-login": "ComfyUI shows its log to whoever is let in; only a gateway keeps it back.",
        },
        needs=("token",),
    ),
    Claim(
        id="door.signs-in",
        text="A browser can sign in with the token, and a page of another site cannot use the session.",
        check=door.signs_in,
        not_for=_GATEWAY_ONLY,
        needs=("token",),
    ),
    Claim(
        id="door.refuses-foreign-pages",
        text="A page of another site is refused.",
        check=reach.foreign_origin,
        not_for={
            "gateway": "Pages of other sites have no token; what a session lets them do is another claim.",
            "unknown": _OPEN["unknown"],
        },
    ),
    Claim(
        id="door.keeps-accounts-apart",
        text="A second account sees neither the first one's job nor its picture, and cannot delete it.",
        check=accounts.are_apart,
        profile="daily",
        not_for=_NO_ACCOUNTS,
        needs=("token", "second_token"),
        turn="drawing",
        pictures=1,
    ),
    # --- the WebSocket ---
    Claim(
        id="socket.opens",
        text="The WebSocket opens, greets with a client id, and exchanges features.",
        check=socket.opens,
    ),
    Claim(
        id="socket.refuses-strangers",
        text="The WebSocket does not open without a token, nor with a wrong one.",
        check=socket.refuses_strangers,
        not_for=_OPEN,
    ),
    Claim(
        id="socket.tells-a-job",
        text="The WebSocket tells a job's way: its start, its progress, its end.",
        check=drawing.tells_its_way,
        profile="daily",
        turn="drawing",
        pictures=1,
    ),
    # --- the server ---
    Claim(
        id="server.versions",
        text="The server says its versions, and ComfyUI's is 0.3.45 or later.",
        check=server.versions,
    ),
    Claim(
        id="server.engines-up",
        text="The gateway is ready, and at least one engine is up behind it.",
        check=server.engines_up,
        not_for=_ENGINE_ITSELF,
    ),
    Claim(
        id="server.every-engine-up",
        text="No engine of the gateway is down.",
        check=server.every_engine_up,
        not_for=_ENGINE_ITSELF,
    ),
    Claim(
        id="server.device",
        text="The engine draws on the device that is expected: a GPU, unless a CPU is meant.",
        check=server.device,
        not_for={"embedded": "The embedded engine draws on the CPU, as it is meant to."},
    ),
    Claim(
        id="server.graphics-memory",
        text="The GPU has the memory that the best model set needs.",
        check=server.graphics_memory,
        not_for={"embedded": "The embedded engine draws on the CPU, as it is meant to."},
    ),
    Claim(
        id="files.come-back-unchanged",
        text="A picture that is uploaded comes back byte for byte.",
        check=files.come_back_unchanged,
    ),
    # --- what it draws ---
    Claim(
        id="models.complete",
        text="The server has a complete model set, and none of which only a part is there.",
        check=workflows.model_set,
    ),
    *(
        Claim(
            id=f"ready.{each.name}",
            text=f"The server has the nodes and model files of {each.name}.",
            check=workflows.ready_for(each),
        )
        for each in LIBRARY
    ),
    *(
        Claim(
            id=f"draws.{each.name}",
            text=f"{each.name} draws a picture: anew, decoded, of the right size, and with something on it.",
            check=drawing.draws(each),
            profile="quick" if each is TEXT_TO_IMAGE else "daily",
            turn="drawing",
            pictures=1,
        )
        for each in LIBRARY
    ),
    Claim(
        id="draws.by-seed",
        text="Another seed gives another picture; the same one, drawn anew, the same: on a CPU exactly.",
        check=drawing.seeds_matter,
        profile="full",
        turn="last",
        pictures=3,
    ),
    Claim(
        id="draws.after-a-restart",
        text="A picture, and with the gateway its job, outlive a restart, after which it draws again.",
        check=restart.outlives,
        profile="full",
        needs=("restart",),
        turn="last",
        seconds=60.0,
        pictures=2,
    ),
    # --- the machine ---
    Claim(
        id="machine.credentials",
        text="Every copy of a secret is what the store has.",
        check=machine.credentials,
        needs=("deployment",),
    ),
    Claim(
        id="machine.containers",
        text="Every container of the deployment runs, and none is unwell.",
        check=machine.containers,
        needs=("deployment",),
    ),
    Claim(
        id="machine.disk",
        text="Every disk that the deployment is on has room: 5 %, and 2 GiB.",
        check=machine.disk,
        needs=("deployment",),
    ),
    Claim(
        id="machine.networks",
        text="No two networks of the machine share addresses.",
        check=machine.networks,
        needs=("deployment",),
    ),
    Claim(
        id="machine.driver",
        text="The NVIDIA driver suffices for the CUDA of the engine's torch.",
        check=machine.driver,
        needs=("deployment",),
        not_for={"embedded": "The embedded engine draws on the CPU, as it is meant to."},
    ),
    # --- how fast ---
    Claim(
        id="figures.system-stats",
        text="/system_stats answers within 100 ms (median of 9).",
        check=figures.system_stats,
        turn="alone",
    ),
    Claim(
        id="figures.validation",
        text="A whole workflow is judged within 200 ms (median of 5).",
        check=figures.validation,
        turn="alone",
    ),
    Claim(
        id="figures.socket",
        text="The WebSocket is up within 500 ms (median of 3).",
        check=figures.socket,
        turn="alone",
    ),
    Claim(
        id="figures.authentication",
        text="401 without a token and 200 with it are told within 5 s.",
        check=figures.authentication,
        not_for=_OPEN,
        needs=("token",),
        turn="alone",
    ),
    Claim(
        id="figures.endpoints",
        text="The eight endpoints that a client needs answer within 25 s.",
        check=figures.endpoints,
        turn="alone",
        seconds=30.0,
    ),
)
