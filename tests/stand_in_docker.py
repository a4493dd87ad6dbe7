"""A stand-in for Docker and Compose: it answers as they do of what a test says, and runs no container.

What the real ones do is tested in tests/acceptance, with the marker `docker`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

_PROGRAM = """#!{python} -SE
import json, pathlib, sys, time
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
file = pathlib.Path({state!r})
state = json.loads(file.read_text())
said = " ".join([name, *arguments])
with file.with_suffix(".calls").open("a") as calls:
    calls.write(said + "\\n")

def keep(**changes):
    file.write_text(json.dumps({{**state, **changes}}))

def containers():
    return [
        {{
            "Id": "id-" + service, "Created": state["up"], "RestartCount": 0,
            "State": {{"Status": "running", "ExitCode": 0, "StartedAt": state["up"],
                      "Health": {{"Status": "healthy", "Log": []}}}},
            "Config": {{"Labels": {{"com.docker.compose.service": service}}, "Image": "i:1", "User": "1"}},
        }}
        for service in state["services"]
    ] if state["up"] else []

for part in state["hangs"]:
    if part in said:
        time.sleep(600)
for part, message in state["fails"].items():
    if part in said:
        sys.exit(message)
if said.startswith(("docker version", "docker info --format {{{{json")):
    print(state["version"] if "version" in said else json.dumps(state["runtimes"]))
elif said.startswith("docker info"):
    print(state["root"])
elif said.startswith("docker compose"):
    sys.exit("docker: unknown command: docker compose")
elif said.startswith("docker-compose version"):
    print(state["compose"])
elif name == "docker-compose" and "build" in arguments:
    keep(built=True)
elif name == "docker-compose" and "up" in arguments:
    keep(up=state["up"] or state["now"])
elif said.startswith("docker ps") and "working_dir=" in said:
    for each in containers():
        print(json.dumps({{"Names": each["Id"], "State": "running", "Status": "Up 1 second (healthy)"}}))
elif said.startswith("docker ps") and "working_dir" in said:
    print("\\n".join(state["working_dirs"]))
elif said.startswith("docker ps") and "--quiet" in said:
    print("\\n".join(each["Id"] for each in containers()))
elif said.startswith("docker inspect"):
    print(json.dumps(containers()))
elif said.startswith("docker image inspect"):
    sys.exit(0 if state["built"] else "no such image")
elif said.startswith("docker network ls"):
    print("\\n".join(each["Id"] for each in state["networks"]))
elif said.startswith("docker network inspect"):
    print(json.dumps(state["networks"]))
elif said.startswith("docker exec"):
    sys.stdout.write(pathlib.Path(state["authority"]).read_text())
elif said.startswith("nvidia-smi --query"):
    sys.stdout.write(state["gpus"])
elif said.startswith("nvidia-smi"):
    sys.stdout.write(state["driver"])
"""


class StandInDocker:
    """A folder with the programs; `PATH` has to begin with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bin"
        self.folder.mkdir()
        self._state = folder / "docker.json"
        self.says(
            version="20.10.24",
            compose="1.29.2",
            runtimes={"runc": {}},
            root=str(folder),
            services=["engine", "gateway", "proxy"],
            working_dirs=[],
            networks=[],
            #: Parts of command lines: those that fail, with what they say, and those that never end.
            fails={},
            hangs=[],
            built=False,
            #: When the containers were started; empty where they are not.
            up="",
            now="2027-02-01T03:00:00.123456789Z",
            authority="",
            gpus="",
            driver="",
        )
        for name in ("docker", "docker-compose"):
            self.install(name)

    @property
    def path(self) -> str:
        """What PATH is to be."""
        return os.pathsep.join([str(self.folder), "/usr/bin", "/bin"])

    @property
    def calls(self) -> list[str]:
        """What the programs were called with, in order."""
        file = self._state.with_suffix(".calls")
        return file.read_text().splitlines() if file.exists() else []

    def install(self, name: str) -> None:
        program = self.folder / name
        program.write_text(_PROGRAM.format(python=sys.executable, state=str(self._state)))
        program.chmod(0o755)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()

    def says(self, **changes: Any) -> None:
        """Change what the programs answer."""
        before = json.loads(self._state.read_text()) if self._state.exists() else {}
        self._state.write_text(json.dumps({**before, **changes}))
