"""Starts ComfyUI, or says why it cannot be started. Nothing is installed or downloaded here."""

import os
import sys
from pathlib import Path

SOURCE, DATA = Path("/opt/comfyui"), Path("/data")

#: Only the inner network is listened on. Metadata stays in the files, where the gateway puts the account's
#: own workflow into it; nodes that call paid services elsewhere are off.
ARGUMENTS = (
    "--listen=0.0.0.0",
    "--port=8188",
    "--disable-auto-launch",
    "--disable-api-nodes",
    "--preview-method=latent2rgb",
    "--max-upload-size=64",
    f"--input-directory={DATA}/input",
    f"--output-directory={DATA}/output",
    f"--temp-directory={DATA}/temp",
    f"--user-directory={DATA}/user",
    f"--database-url=sqlite:///{DATA}/comfyui.db",
)


def fail(message: str) -> None:
    raise SystemExit(f"ComfyUI is not started: {message}")


def main() -> None:
    arguments = sys.argv[1:]
    if not (SOURCE / "main.py").is_file():
        fail(f"{SOURCE} holds no ComfyUI; build the image anew.")
    if os.getuid() == 0:
        fail("it would run as root; see the user in compose.yaml.")
    try:
        for name in ("input", "output", "temp", "user"):
            (DATA / name).mkdir(parents=True, exist_ok=True)
        (DATA / ".writable").write_text("")
    except OSError as error:
        fail(f"{DATA} cannot be written by user {os.getuid()} ({error.strerror}).")
    if not any((SOURCE / "models").iterdir()):
        print("There are no models yet: `atelier models fetch` brings them.", flush=True)
    if "--cpu" not in arguments:
        import torch

        if not torch.cuda.is_available():
            fail(
                f"torch {torch.__version__} (CUDA {torch.version.cuda}) sees no GPU. Either the container "
                "was given none (NVIDIA's container toolkit, the UUID in compose.yaml), or the driver is too "
                "old for this torch (another comfyui.torch_index); see `atelier deploy gpus`."
            )
        for index in range(torch.cuda.device_count()):
            print(f"GPU {index}: {torch.cuda.get_device_name(index)}", flush=True)
    os.chdir(SOURCE)
    os.execv(sys.executable, [sys.executable, "main.py", *ARGUMENTS, *arguments])


if __name__ == "__main__":
    main()
