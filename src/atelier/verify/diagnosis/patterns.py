"""The causes that are known, the most fundamental first."""

from __future__ import annotations

from atelier.verify.diagnosis.pattern import Pattern

#: What everything answers when the engine is gone, or the door is.
_NOTHING_WORKS = frozenset(
    {"server-error", "engine-down", "bad-gateway", "stranger", "late", "job", "job-lost", "timeout"}
    | {"workflow", "not-found", "broken-off"}
)
#: What follows from a token that is not taken.
_LOCKED_OUT = frozenset({"token-refused", "token-missing", "token-format", "forbidden", "stranger"})
#: What shows in jobs that fail.
_JOBS_FAIL = frozenset({"job", "server-error", "late", "job-lost"})

PATTERNS: tuple[Pattern, ...] = (
    # --- the address ---
    Pattern(
        id="unknown-name",
        title="The name of the server leads nowhere.",
        explanation="No name server knows an address for it, so no request left this machine.",
        remedy="Correct the address, or make the entry in the DNS (or in /etc/hosts for a test).",
        signs=frozenset({"unknown-host"}),
        explains_all=True,
    ),
    Pattern(
        id="unroutable",
        title="No way leads to the server.",
        explanation="The address is known, and packets to it find no way: a VPN is off, or networks clash.",
        remedy="Look at the routes (ip route get ADDRESS), at the VPN, and at Docker's networks.",
        signs=frozenset({"unroutable"}),
        explains_all=True,
    ),
    Pattern(
        id="port-taken",
        title="Another program has the port.",
        explanation="Something answers at the address that is neither ComfyUI nor Atelier: it was "
        "there first, "
        "or the service listens on another port.",
        remedy="See who has it (ss -ltnp), stop that, or choose another port; then start the service.",
        signs=frozenset({"stranger", "not-http"}),
        where=("reach.answers",),
        explains_all=True,
    ),
    Pattern(
        id="certificate-expired",
        title="The certificate has expired.",
        explanation="Every client that looks at certificates turns back before it asks anything.",
        remedy="Renew it, and see in the proxy's log why it was not renewed: port 80 closed, the name moved.",
        signs=frozenset({"certificate-expired"}),
        explains_all=True,
    ),
    Pattern(
        id="certificate-early",
        title="The certificate is not valid yet: a clock is wrong.",
        explanation="To this machine's clock the certificate begins in the future.",
        remedy="Set both clocks by a time server: timedatectl set-ntp true.",
        signs=frozenset({"certificate-early"}),
        explains_all=True,
    ),
    Pattern(
        id="certificate-name",
        title="The certificate is for another name.",
        explanation="The address in use is not among the names that the certificate is for.",
        remedy="Ask by one of its names, or have a certificate made for this one.",
        signs=frozenset({"certificate-name"}),
        explains_all=True,
    ),
    Pattern(
        id="certificate-untrusted",
        title="Nobody trusts the certificate's authority here.",
        explanation="It signed itself, its authority is the proxy's own, or the proxy leaves a part "
        "of the chain out.",
        remedy="Give the authority with --ca-file (proxy/ca.crt of the deployment), or let the proxy "
        "get a public one.",
        signs=frozenset({"certificate-untrusted", "tls"}),
        explains_all=True,
    ),
    Pattern(
        id="not-running",
        title="Nothing listens at the address.",
        explanation="The machine is there and refuses the connection: the service does not run, or "
        "on another port.",
        remedy="Start it: atelier deploy up; atelier deploy status says how it is.",
        signs=frozenset({"refused"}),
        where=("reach.answers",),
        explains_all=True,
    ),
    Pattern(
        id="proxy-without-engine",
        title="The proxy is up, and what is behind it is down.",
        explanation="A proxy answers 502, 503 or 504 in the place of the service: it reaches nothing "
        "under the "
        "address that it has for it.",
        remedy="Start the service (atelier deploy status), and compare the proxy's upstream with its port.",
        signs=frozenset({"bad-gateway"}),
        where=("reach.answers", "reach.own-address"),
        explains_all=True,
    ),
    Pattern(
        id="no-answer",
        title="The server takes connections and does not answer.",
        explanation="The connection opens and nothing comes back: the process hangs, or a firewall "
        "swallows packets.",
        remedy="See its log and its load; restart it if it hangs: atelier deploy restart.",
        signs=frozenset({"timeout", "broken-off", "late"}),
        where=("reach.answers",),
        explains_all=True,
    ),
    Pattern(
        id="redirected",
        title="The address leads to another one.",
        explanation="Every request is sent on elsewhere, and is not followed, so that no token goes astray.",
        remedy="Use the final address, with https where it leads there.",
        signs=frozenset({"redirect"}),
        explains_all=True,
    ),
    # --- the machine ---
    Pattern(
        id="subnet-clash",
        title="Two networks share addresses.",
        explanation="What is meant for one goes to the other, so that containers or the school's network are "
        "out of reach, sometimes.",
        remedy="Give the deployment another subnet: atelier deploy init looks for a free one.",
        signs=frozenset({"subnet"}),
        follows=frozenset({"timeout", "unroutable"}),
    ),
    Pattern(
        id="disk-full",
        title="The disk is full.",
        explanation="What must be written cannot be: uploads, pictures, the database.",
        remedy="Make room: retention in atelier.toml, docker image prune, atelier deploy clean.",
        signs=frozenset({"disk"}),
        follows=_JOBS_FAIL | {"containers", "picture-unreadable"},
    ),
    Pattern(
        id="clock-skew",
        title="The clocks of the server and of this machine differ.",
        explanation="Tokens end and certificates begin at the wrong time, and records of both cannot "
        "be compared.",
        remedy="Set both clocks by a time server: timedatectl set-ntp true.",
        signs=frozenset({"clock"}),
        follows=frozenset({"token-refused"}),
    ),
    # --- the door ---
    Pattern(
        id="token-format",
        title="The token is not of the kind that this server takes.",
        explanation="A password stands in the place of ComfyUI-Login's bcrypt hash, a hash has lost "
        "its dollars, "
        "or a token of the one is given to the other.",
        remedy="Copy it as it is, in single quotes; atelier credentials sync writes every copy from "
        "the store.",
        signs=frozenset({"token-format"}),
        follows=_LOCKED_OUT | _NOTHING_WORKS,
    ),
    Pattern(
        id="token-drift",
        title="The token is not the one that the server knows: a copy has drifted.",
        explanation="The server answers 401 to it everywhere: it was rotated, revoked or expired, "
        "and this copy "
        "was not written anew.",
        remedy="atelier credentials check names the copy, atelier credentials sync mends it.",
        signs=frozenset({"token-refused", "credentials"}),
        follows=_LOCKED_OUT | _NOTHING_WORKS,
    ),
    Pattern(
        id="token-missing",
        title="The server wants a token, and none was given.",
        explanation="It answers 401 to every request without one.",
        remedy="Pass --token, or set ATELIER_TOKEN.",
        signs=frozenset({"token-missing"}),
        follows=_LOCKED_OUT | _NOTHING_WORKS,
    ),
    Pattern(
        id="scope-missing",
        title="The token may not do what the checks ask for.",
        explanation="It was issued with fewer scopes than its role has.",
        remedy="Issue one with jobs:submit, jobs:read, files:read, files:write and nodes:read.",
        signs=frozenset({"scope"}),
        follows=frozenset({"forbidden"}),
    ),
    Pattern(
        id="door-open",
        title="There is a way past the door.",
        explanation="Routes answer without a valid token: the engine's own port is open, the proxy "
        "leads past "
        "the gateway, or the door lets some endings pass.",
        remedy="Let the engine listen where only the gateway reaches it, and the proxy lead to the "
        "gateway only.",
        signs=frozenset({"door-open", "door-hole", "leak", "foreign-origin"}),
    ),
    Pattern(
        id="origin-refused",
        title="The server refuses its own page for its origin.",
        explanation="A proxy passes the browser's Origin on under another Host, so that the server "
        "takes its own "
        "page for a foreign one. Programs, which send no Origin, are let in.",
        remedy="Let the proxy pass on Host and X-Forwarded-Proto (docs/reference/gateway.md), or "
        "take the Origin "
        "header out before plain ComfyUI.",
        signs=frozenset({"origin"}),
    ),
    Pattern(
        id="socket-not-passed",
        title="The proxy does not pass WebSockets.",
        explanation="Requests are answered and the upgrade is not: jobs run, and nobody hears of "
        "their progress.",
        remedy="nginx: proxy_http_version 1.1 with the headers Upgrade and Connection. Caddy passes them.",
        signs=frozenset({"socket-stripped", "socket-silent", "bad-gateway", "timeout", "broken-off", "late"}),
        where=("socket.", "figures.socket"),
    ),
    Pattern(
        id="secret-exposed",
        title="Others may read or change a file with secrets.",
        explanation="Its values are right, and its permissions, its owner or git let others have them.",
        remedy="atelier credentials check names the file and the fix; then rotate what it holds.",
        signs=frozenset({"secret-exposed"}),
    ),
    # --- the engine ---
    Pattern(
        id="engine-down",
        title="The gateway is up, and no engine behind it.",
        explanation="Accounts, history and files are the gateway's own and answer; what needs an "
        "engine does not.",
        remedy="Start the engine and see its log: atelier engines list, atelier deploy logs.",
        signs=frozenset({"engine-down"}),
        follows=_NOTHING_WORKS | {"model", "node"},
    ),
    Pattern(
        id="engine-lost",
        title="One of the engines is down.",
        explanation="The others do its work: pictures come, later than they could.",
        remedy="Start it and see its log: atelier engines list, atelier deploy logs.",
        signs=frozenset({"engine-lost"}),
    ),
    Pattern(
        id="engine-hangs",
        title="The engine behind the gateway hangs.",
        explanation="The gateway answers, and what it asks its engine for does not come: its process is "
        "there and does nothing.",
        remedy="See its log and nvidia-smi, and restart it: atelier deploy restart.",
        signs=frozenset({"timeout"}),
        where=("server.", "models.", "ready.", "draws.", "files."),
        follows=frozenset({"timeout", "late", "slow", "engine-down", "job"}),
    ),
    Pattern(
        id="container-unwell",
        title="A container does not run, or is not well.",
        explanation="Docker says so; one that restarts again and again fails at its start.",
        remedy="atelier deploy logs says why it ends.",
        signs=frozenset({"containers"}),
        follows=_NOTHING_WORKS,
    ),
    Pattern(
        id="driver-too-old",
        title="The NVIDIA driver is too old for the engine's torch.",
        explanation="torch's CUDA is newer than what the driver runs, so that it finds no GPU, or jobs fail.",
        remedy="Update the driver, or build the engine's image with a torch for an older CUDA.",
        signs=frozenset({"driver"}),
        follows=_JOBS_FAIL | {"gpu-unseen", "cpu"},
    ),
    Pattern(
        id="gpu-architecture",
        title="The engine's torch has no code for this GPU.",
        explanation="The GPU is newer, or much older, than the torch that was installed.",
        remedy="Build the engine's image with a torch that supports it.",
        signs=frozenset({"gpu-architecture"}),
        follows=_JOBS_FAIL,
    ),
    Pattern(
        id="gpu-unseen",
        title="The engine sees no GPU.",
        explanation="Its torch is built for CUDA and finds none: the container was started without it.",
        remedy="Install nvidia-container-toolkit, and give the container its GPU: atelier deploy gpus.",
        signs=frozenset({"gpu-unseen"}),
        follows=_JOBS_FAIL | {"slow"},
    ),
    Pattern(
        id="torch-for-cpu",
        title="The engine's torch is built for the CPU.",
        explanation="The wheel without CUDA was installed, so that the GPU lies idle and a picture "
        "takes minutes.",
        remedy="Build the engine's image with the CUDA wheel of torch.",
        signs=frozenset({"torch-without-cuda", "cpu"}),
        follows=frozenset({"late", "slow"}),
    ),
    Pattern(
        id="memory-short",
        title="Memory does not suffice.",
        explanation="The model set needs more than there is, or something else has it.",
        remedy="See nvidia-smi for who else uses the GPU; draw smaller, or take a smaller model set.",
        signs=frozenset({"memory"}),
        follows=_JOBS_FAIL,
    ),
    Pattern(
        id="version-old",
        title="The engine's ComfyUI is too old.",
        explanation="It does not take the ids under which jobs are sent.",
        remedy="Update it to 0.3.64 or later: atelier deploy update.",
        signs=frozenset({"version"}),
        follows=_NOTHING_WORKS,
    ),
    Pattern(
        id="node-missing",
        title="The server lacks node classes that a workflow needs.",
        explanation="A pack is not installed, was lost with its container, or failed when it was loaded.",
        remedy="Install it into the image, not into a running container, and see the engine's log "
        "for import errors.",
        signs=frozenset({"node"}),
    ),
    Pattern(
        id="model-missing",
        title="Model files are missing.",
        explanation="A workflow names files that the server's loaders do not offer: never fetched, "
        "in another "
        "folder, or fetched after the start.",
        remedy="atelier models fetch, then restart the engine.",
        signs=frozenset({"model"}),
    ),
    Pattern(
        id="model-damaged",
        title="A model file is damaged, or is not the one that its name says.",
        explanation="The engine finds it and cannot load it: a download that ended early, a page saved in "
        "its place, or a file of another model under its name.",
        remedy="atelier models verify names it, atelier models fetch --check replaces it.",
        signs=frozenset({"model-damaged"}),
        follows=_JOBS_FAIL,
    ),
    # --- what it draws ---
    Pattern(
        id="pictures-uniform",
        title="The engine answers and draws nothing.",
        explanation="Pictures come, of the right size, of one colour: numbers overflow in half "
        "precision, or model "
        "files do not belong together.",
        remedy="Start the engine with --fp32-vae, and check the files: atelier models verify.",
        signs=frozenset({"picture-uniform"}),
        follows=frozenset({"picture-repeated"}),
    ),
    Pattern(
        id="pictures-not-drawn",
        title="Pictures come that were not drawn for the job.",
        explanation="They were drawn before, or by nobody: a cache between here and the engine "
        "answers in its "
        "place, or a stand-in does.",
        remedy="Look for caches in the proxy (proxy_cache), and at what listens at the engine's address.",
        signs=frozenset({"cached", "picture-repeated", "picture-placeholder", "picture-size"}),
        follows=frozenset({"picture-unsteady"}),
    ),
    Pattern(
        id="engines-differ",
        title="One seed gives different pictures.",
        explanation="Several engines with different models or versions share the work, or the engine "
        "is not steady.",
        remedy="Give all engines the same image and the same model files: atelier engines list.",
        signs=frozenset({"picture-unsteady"}),
    ),
    Pattern(
        id="content-changed",
        title="Something changes what passes through.",
        explanation="Bytes come back that were not sent: a proxy compresses pictures, or a file is damaged.",
        remedy="Switch off what optimises pictures on the way, and check the disk.",
        signs=frozenset({"file-changed", "picture-unreadable"}),
    ),
    Pattern(
        id="unencrypted",
        title="Tokens travel unencrypted.",
        explanation="Whoever is on the network in between can read and use them.",
        remedy="Put a proxy with TLS before it: atelier deploy init --domain.",
        signs=frozenset({"plain"}),
    ),
    Pattern(
        id="certificate-ending",
        title="The certificate ends soon, and nobody renewed it.",
        explanation="What renews by itself does so 30 days before.",
        remedy="See in the proxy's log why it does not.",
        signs=frozenset({"certificate-old"}),
    ),
    Pattern(
        id="too-busy",
        title="The server has too much to do, or the account has used up what it may.",
        explanation="It asks to come back later, or answers too late.",
        remedy="Wait, look at the queue (atelier jobs list), or raise the limits.",
        signs=frozenset({"too-many", "late", "slow"}),
    ),
    Pattern(
        id="jobs-fail",
        title="Jobs fail in the engine.",
        explanation="Everything around them works; a node raises.",
        remedy="The engine's log has the traceback: atelier deploy logs.",
        signs=frozenset({"job", "job-lost", "workflow", "server-error"}),
    ),
)
