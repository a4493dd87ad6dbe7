"""What was chosen for a deployment: `deployment.toml`, which holds no secret and can be committed."""

from __future__ import annotations

import re
import tomllib
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from atelier.deploy.comfyui_release import COMFYUI, TORCH_CPU, TORCH_CUDA
from atelier.errors import DeploymentInvalid

FILE = "deployment.toml"

Port = Annotated[int, Field(ge=1, le=65535)]
_COMMIT = r"^[0-9a-f]{40}$"


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _domain(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", value):
        raise ValueError("it is a name such as studio.school.example, or an IPv4 address; no scheme, no port")
    return value.lower()


class Address(Section):
    domain: Annotated[str, AfterValidator(_domain)] = Field(
        default="localhost", description="Name or IPv4 address at which people reach the service."
    )
    bind: IPv4Address = Field(
        default=IPv4Address("127.0.0.1"),
        description="Address of this machine on which the ports are opened; `0.0.0.0` for all of them.",
    )
    http_port: Port = Field(default=80, description="Port for HTTP, which only leads to HTTPS.")
    https_port: Port = Field(default=443, description="Port for HTTPS.")
    grafana_port: Port = Field(
        default=3000, description="With monitoring: port of this machine alone on which Grafana is reached."
    )

    @property
    def url(self) -> str:
        """The address that people type."""
        return f"https://{self.authority}"

    @property
    def authority(self) -> str:
        return self.domain if self.https_port == 443 else f"{self.domain}:{self.https_port}"


class Tls(Section):
    mode: Literal["internal", "files", "acme"] = Field(
        default="internal",
        description="`internal`: an authority of the proxy's own, for one machine or a local network. "
        "`files`: your certificate, `proxy/tls/certificate.pem` and `proxy/tls/key.pem`. `acme`: from "
        "Let's Encrypt, for a public name.",
    )
    email: str = Field(
        default="", description="With `acme`: whom Let's Encrypt writes to before something ends."
    )


class Network(Section):
    door: IPv4Network = Field(
        default=IPv4Network("172.30.214.0/27"), description="Subnet of the proxy and the gateway."
    )
    engines: IPv4Network = Field(
        default=IPv4Network("172.30.214.32/27"),
        description="Subnet of the gateway and the engines; nothing leads out of it.",
    )

    @model_validator(mode="after")
    def _apart(self) -> Network:
        if self.door.overlaps(self.engines):
            raise ValueError(f"door and engines overlap ({self.door}, {self.engines})")
        return self


class Storage(Section):
    folder: str = Field(
        default="",
        description="Folder under which the data lives, absolute or relative to this file; empty for volumes "
        "that Docker keeps.",
    )
    models: str = Field(
        default="models",
        description="Folder with ComfyUI's models, absolute or relative to this file; the container only "
        "reads it.",
    )


def _repository(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("it is an https URL of a git repository, without user or password")
    return value


def _model_set(value: str) -> str:
    from atelier.workflows.model_sets import MODEL_SETS

    names = [each.name for each in MODEL_SETS]
    if value not in names:
        raise ValueError(f"there is no model set '{value}'; there are {', '.join(names)}")
    return value


class CustomNodes(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Folder of the pack.")
    repository: Annotated[str, AfterValidator(_repository)] = Field(description="Its git repository.")
    commit: str = Field(pattern=_COMMIT, description="Its commit, in full.")


class ComfyUI(Section):
    repository: Annotated[str, AfterValidator(_repository)] = Field(
        default=COMFYUI.repository, description="Git repository of ComfyUI."
    )
    commit: str = Field(
        default=COMFYUI.commit,
        pattern=_COMMIT,
        description=f"Its commit, in full; the default is {COMFYUI.version}.",
    )
    source: str = Field(
        default="",
        description="Folder with ComfyUI's source to build from, relative to this file; empty to fetch it.",
    )
    torch: str = Field(
        default=COMFYUI.torch,
        pattern=r"^[0-9][0-9a-z.+]*$",
        description="Version of torch; torchvision and torchaudio follow from it.",
    )
    torch_index: str = Field(
        default="",
        description=f"Index of torch's wheels; empty for {TORCH_CUDA} with GPUs and {TORCH_CPU} without. "
        "`default` takes the index that pip uses anyhow.",
    )
    arguments: tuple[str, ...] = Field(
        default=(), description="Further arguments, such as `--lowvram`, for all of these servers."
    )
    custom_nodes: tuple[CustomNodes, ...] = Field(
        default=(), description="Packs of nodes, installed when the image is built."
    )


class ExternalEngine(Section):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="Small letters, digits and hyphens.")
    address: str = Field(
        pattern=r"^https?://[^\s/@]+(/\S*)?$", description="URL of a ComfyUI server elsewhere."
    )
    token: str = Field(
        default="", description="Name under which the credentials hold its token; empty where it has none."
    )


class Images(Section):
    python: str = Field(
        default="python:3.11-slim-bookworm", description="Base of the gateway and the engines."
    )
    debian: str = Field(default="debian:bookworm-slim", description="Base of the proxy.")
    prometheus: str = Field(default="prom/prometheus:v3.5.0", description="Prometheus.")
    grafana: str = Field(default="grafana/grafana:12.1.1", description="Grafana.")


class Deployment(Section):
    """Everything that can be chosen."""

    name: str = Field(
        default="atelier",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        description="What the containers, networks and volumes are called after.",
    )
    device: Literal["cpu", "gpu"] = Field(description="What draws on this machine.")
    engine: Literal["embedded", "comfyui", "none"] = Field(
        description="`embedded` draws with Atelier's own small model, `comfyui` runs ComfyUI, `none` leaves "
        "drawing to the engines below."
    )
    gpus: tuple[str, ...] = Field(
        default=(),
        description="UUIDs of the GPUs, one ComfyUI for each; `atelier deploy gpus` shows them.",
    )
    proxy: Literal["caddy", "nginx"] = Field(default="caddy", description="What speaks HTTPS.")
    monitoring: bool = Field(default=False, description="Whether Prometheus and Grafana run as well.")
    model_sets: tuple[Annotated[str, AfterValidator(_model_set)], ...] = Field(
        default=(), description="Model sets that ComfyUI is to have; `atelier models fetch` brings them."
    )
    address: Address = Address()
    tls: Tls = Tls()
    network: Network = Network()
    storage: Storage = Storage()
    comfyui: ComfyUI = ComfyUI()
    engines: tuple[ExternalEngine, ...] = Field(default=(), description="ComfyUI servers elsewhere.")
    images: Images = Images()

    @model_validator(mode="after")
    def _fits_together(self) -> Deployment:
        for gpu in self.gpus:
            if not re.fullmatch(r"GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", gpu):
                raise ValueError(f"gpus: '{gpu}' is no UUID of a GPU; `atelier deploy gpus` shows them")
            if self.gpus.count(gpu) > 1:
                raise ValueError(f"gpus: {gpu} is named twice; each has one ComfyUI")
        if self.device == "gpu" and self.engine == "embedded":
            raise ValueError('the embedded engine draws on the CPU; a GPU needs engine = "comfyui"')
        if self.device == "gpu" and self.engine == "comfyui" and not self.gpus:
            raise ValueError('device = "gpu" needs the UUIDs of the gpus; `atelier deploy gpus` shows them')
        if self.device == "cpu" and self.gpus:
            raise ValueError('device = "cpu" has no gpus')
        if self.engine == "none" and not self.engines:
            raise ValueError('engine = "none" needs engines elsewhere')
        if self.proxy == "nginx" and self.tls.mode != "files":
            raise ValueError('nginx makes no certificates: it needs tls.mode = "files", or take caddy')
        if self.tls.mode == "acme" and not self.tls.email:
            raise ValueError('tls.mode = "acme" needs tls.email')
        if self.tls.mode == "acme" and "." not in self.address.domain:
            raise ValueError(
                f"Let's Encrypt gives certificates for public names only, not for '{self.address.domain}'"
            )
        names = [*self.engine_names, *(each.name for each in self.engines)]
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice:
            raise ValueError(f"engines: two are called {twice[0]}")
        return self

    @property
    def engine_names(self) -> tuple[str, ...]:
        """The services that draw in this deployment: `engine`, or `comfyui-0` and so on."""
        match self.engine:
            case "embedded":
                return ("engine",)
            case "comfyui":
                return tuple(f"comfyui-{index}" for index in range(max(1, len(self.gpus))))
            case _:
                return ()

    @property
    def services(self) -> tuple[str, ...]:
        """All services of the compose file that belong to this deployment."""
        monitoring = ("prometheus", "grafana") if self.monitoring else ()
        return (*self.engine_names, "gateway", "proxy", *monitoring)


def read_deployment(directory: Path) -> Deployment:
    """Return the deployment of a directory.

    Raises:
        DeploymentInvalid: there is none, a key is unknown, or a value cannot be used; a line for each.
    """
    file = directory / FILE
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DeploymentInvalid(
            f"There is no deployment in {directory} ({FILE} is missing): name its directory, or make one "
            "with `atelier deploy init`."
        ) from error
    except OSError as error:
        raise DeploymentInvalid(f"{file}: it cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeploymentInvalid(f"{file}: it is no TOML: {error}.") from error
    return checked(document, file.name)


def checked(document: dict[str, Any], source: str) -> Deployment:
    """Return the deployment that a document says.

    Args:
        source: Where the document comes from, for the message.

    Raises:
        DeploymentInvalid: as `read_deployment`.
    """
    try:
        return Deployment(**document)
    except ValidationError as error:
        raise DeploymentInvalid(
            "\n".join(f"{source}: {_told(dict(each))}" for each in error.errors())
        ) from error


def _told(fault: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{place}: there is no such key."
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."
