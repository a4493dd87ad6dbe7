"""The command line of the training room: `python -m training <command>`, from the repository root."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from training.autoencoding import Lesson
    from training.dataset import DataSet
    from training.designs import Design
    from training.sampling import Shipped
    from training.sitting import Sitting

#: Part of the time that a new model's autoencoder gets.
AUTOENCODER_SHARE = 0.15

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--design", default="nano", help="which model: nano or mini")
    parser.add_argument("--work", type=Path, help="rendered data (default: the user's cache)")
    parser.add_argument(
        "--data",
        default="few",
        help="which pictures: few; for the mini coarse and then more, or many on a GPU",
    )
    parser.add_argument("--checkpoint", type=Path, help="weights (default: training/checkpoints)")
    parser.add_argument("--onnx", type=Path, help="folder of the ONNX files (default: where they ship)")
    parser.add_argument("--device", default="auto", help="cpu, cuda or auto")
    commands = parser.add_subparsers(dest="command", required=True)
    everything = commands.add_parser("all", help="data, denoiser and export in one go")
    everything.add_argument("--from-nothing", action="store_true", help="a new model: autoencoder first")
    data = commands.add_parser("data", help="render the scenes and encode them to latents")
    data.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    denoiser = commands.add_parser("denoiser", help="train text encoder and denoiser for some minutes")
    for sitting in (everything, denoiser):
        sitting.add_argument("--minutes", type=float, required=True)
        sitting.add_argument("--batch", type=int, help="samples in a step (default: the design's)")
        sitting.add_argument("--learning-rate", type=float, help="(default: the design's)")
        sitting.add_argument("--seed", type=int, default=0)
        sitting.add_argument("--processes", type=int, help="cores to use (default: all; 1 on a GPU)")
        sitting.add_argument("--workers", type=int, help="processes that prepare batches")
        sitting.add_argument("--target", type=Path, help="where the weights go (default: over --checkpoint)")
    autoencoder = commands.add_parser("autoencoder", help="train the autoencoder's decoder for some minutes")
    autoencoder.add_argument("--minutes", type=float, required=True)
    autoencoder.add_argument("--target", type=Path, help="where the weights go (default: over --checkpoint)")
    autoencoder.add_argument("--from-nothing", action="store_true", help="train the encoder too: a new model")
    autoencoder.add_argument(
        "--whole", action="store_true", help="train on the encoder too, before any denoiser"
    )
    commands.add_parser("listen", help="tell whether the denoiser listens to places and colours")
    judge = commands.add_parser("judge", help="train the classifier that evaluates for some minutes")
    judge.add_argument("--minutes", type=float, required=True)
    judge.add_argument("--source", type=Path, help="weights to go on from (default: none)")
    judge.add_argument("--target", type=Path, help="where they go (default: training/checkpoints)")
    judge.add_argument("--seed", type=int, default=0)
    judge.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    commands.add_parser("export", help="write the ONNX files of the embedded engine")
    commands.add_parser("import", help="write a checkpoint from the ONNX files, to train on")
    evaluate = commands.add_parser("evaluate", help="score the ONNX files and write the figures")
    evaluate.add_argument("--prompts", type=int, help="(default: 300, for the larger model 500)")
    evaluate.add_argument("--edits", type=int, default=150, help="of sky, style and land each")
    evaluate.add_argument(
        "--other-edits", type=int, help="of every other kind (default: 50, for the larger model 150)"
    )
    evaluate.add_argument("--judge", type=Path, help="weights (default: training/checkpoints)")
    evaluate.add_argument("--figures", type=Path, help="where the JSON goes (default: the documentation)")
    sheets = commands.add_parser("sheets", help="draw the contact sheets of the documentation")
    sheets.add_argument("--folder", type=Path, help="where they go (default: the documentation)")
    renders = commands.add_parser("renders", help="draw the contact sheet of what a design learns from")
    renders.add_argument("--folder", type=Path, help="where it goes (default: the documentation)")
    commands.add_parser("page", help="put the figures' tables into the documentation")
    arguments = parser.parse_args()
    _COMMANDS[arguments.command](arguments)


def _all(arguments: argparse.Namespace) -> None:
    from training import autoencoding, dataset, export, sitting

    minutes = arguments.minutes
    if arguments.from_nothing:
        source = target = arguments.target or _default(arguments)
        autoencoding.train(_lesson(arguments, None, target, minutes * AUTOENCODER_SHARE, whole=True))
        minutes -= minutes * AUTOENCODER_SHARE
    else:
        source = _checkpoint(arguments)
        target = arguments.target or source
    processes = arguments.processes or os.cpu_count() or 1
    dataset.prepare(_data_set(arguments), source, processes, _device(arguments))
    sitting.train(_sitting(arguments, source, target, minutes))
    for path in export.export(_design(arguments), target, _onnx(arguments)):
        print(path)


def _design(arguments: argparse.Namespace) -> Design:
    from training.designs import DESIGNS

    if arguments.design not in DESIGNS:
        sys.exit(f"There is no design {arguments.design}: take one of {', '.join(DESIGNS)}.")
    return DESIGNS[arguments.design]


def _data_set(arguments: argparse.Namespace) -> DataSet:
    from training.dataset import DataSet
    from training.sizes import SETS

    if arguments.data not in SETS:
        sys.exit(f"There is no data set {arguments.data}: take one of {', '.join(SETS)}.")
    return DataSet(design=_design(arguments), sizes=SETS[arguments.data], work=_work(arguments))


def _work(arguments: argparse.Namespace) -> Path:
    if arguments.work is not None:
        path: Path = arguments.work
        return path
    from platformdirs import user_cache_path

    return user_cache_path("atelier-training")


def _device(arguments: argparse.Namespace) -> torch.device:
    import torch

    name = arguments.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _data(arguments: argparse.Namespace) -> None:
    from training.dataset import prepare

    prepare(_data_set(arguments), _checkpoint(arguments), arguments.processes, _device(arguments))


def _denoiser(arguments: argparse.Namespace) -> None:
    from training.sitting import train

    source = _checkpoint(arguments)
    train(_sitting(arguments, source, arguments.target or source, arguments.minutes))


def _sitting(arguments: argparse.Namespace, source: Path, target: Path, minutes: float) -> Sitting:
    from training.sitting import Sitting

    design, device = _design(arguments), _device(arguments)
    cores = os.cpu_count() or 1
    workers = arguments.workers
    if workers is None:
        workers = _drawing_processes(device)
    return Sitting(
        source=source,
        target=target,
        data=_data_set(arguments),
        minutes=minutes,
        device=device,
        batch=arguments.batch or design.batch,
        learning_rate=arguments.learning_rate or design.learning_rate,
        seed=arguments.seed,
        workers=workers,
        processes=arguments.processes or (cores if device.type == "cpu" else 1),
    )


def _drawing_processes(device: torch.device) -> int:
    """Return how many processes prepare batches: a GPU outruns the one that thinks of captions."""
    return 0 if device.type == "cpu" else min(14, os.cpu_count() or 1)


def _lesson(
    arguments: argparse.Namespace, source: Path | None, target: Path, minutes: float, *, whole: bool
) -> Lesson:
    from training.autoencoding import Lesson

    device = _device(arguments)
    return Lesson(
        design=_design(arguments),
        source=source,
        target=target,
        minutes=minutes,
        device=device,
        whole=whole,
        workers=_drawing_processes(device),
    )


def _default(arguments: argparse.Namespace) -> Path:
    """Return where the weights are, whether they are there or not."""
    from training.weights import checkpoint

    path: Path = arguments.checkpoint or checkpoint(_design(arguments))
    return path


def _checkpoint(arguments: argparse.Namespace) -> Path:
    path = _default(arguments)
    if not path.exists():
        sys.exit(
            f"{path} does not exist. To begin a new model: "
            f"python -m training --design {arguments.design} all --from-nothing"
        )
    return path


def _export(arguments: argparse.Namespace) -> None:
    from training.export import export

    for path in export(_design(arguments), _checkpoint(arguments), _onnx(arguments)):
        print(path)


def _import(arguments: argparse.Namespace) -> None:
    from training.shipped import read
    from training.weights import save

    design, target = _design(arguments), _default(arguments)
    model, history = read(_onnx(arguments), design)
    save(target, model, design, history)
    print(target)


def _listen(arguments: argparse.Namespace) -> None:
    from training.listening import TIMESTEPS, listen

    data = _data_set(arguments)
    print("timesteps", *(f"{time:>8}" for time in TIMESTEPS))
    for name, values in listen(data, _checkpoint(arguments), _device(arguments)).items():
        print(f"{name}:", *(f"{value:+.4f}" for value in values))


def _autoencoder(arguments: argparse.Namespace) -> None:
    from training.autoencoding import train

    if arguments.from_nothing:
        target = arguments.target or _default(arguments)
        train(_lesson(arguments, None, target, arguments.minutes, whole=True))
    else:
        source = _checkpoint(arguments)
        target = arguments.target or source
        train(_lesson(arguments, source, target, arguments.minutes, whole=arguments.whole))


def _judge(arguments: argparse.Namespace) -> None:
    from training.judge import train
    from training.weights import classifier

    design = _design(arguments)
    target = arguments.target or classifier(design)
    train(design, arguments.source, target, arguments.minutes, arguments.seed, arguments.processes)


def _evaluate(arguments: argparse.Namespace) -> None:
    from training import figures
    from training.bars import LARGE_EDITS, LARGE_PROMPTS
    from training.designs import NANO
    from training.evaluation import Evaluation
    from training.judge import Judge
    from training.weights import classifier

    design = _design(arguments)
    prompts = arguments.prompts or (300 if design is NANO else LARGE_PROMPTS)
    evaluation = Evaluation(
        judge=Judge(arguments.judge or classifier(design), design),
        model=_shipped(arguments),
        prompts=prompts,
        sized=prompts if design is NANO else max(1, prompts * 3 // 10),
        edits=arguments.edits,
        other_edits=arguments.other_edits or (50 if design is NANO else LARGE_EDITS),
        inpaintings=arguments.edits,
        transitions=max(1, min(prompts, 300) // 3),
        trials=max(1, min(prompts, 300) // 3),
    )
    result = evaluation.run()
    figures.write(result, arguments.figures or figures.path(design))
    print(figures.markdown(result))


def _sheets(arguments: argparse.Namespace) -> None:
    from training.sheets import FOLDER, draw_sheets

    for path in draw_sheets(_shipped(arguments), arguments.folder or FOLDER):
        print(path)


def _renders(arguments: argparse.Namespace) -> None:
    from training.sheets import FOLDER, draw_renders

    print(draw_renders(_design(arguments).world, arguments.folder or FOLDER))


def _page(arguments: argparse.Namespace) -> None:
    from training import figures

    design = _design(arguments)
    figures.put_into_page(figures.read(figures.path(design)), figures.page(design))


def _shipped(arguments: argparse.Namespace) -> Shipped:
    from training.sampling import Shipped

    return Shipped(_design(arguments), _onnx(arguments))


def _onnx(arguments: argparse.Namespace) -> Path:
    from training.export import weights_folder

    path: Path = arguments.onnx or weights_folder(_design(arguments))
    return path


_COMMANDS = {
    "all": _all,
    "data": _data,
    "denoiser": _denoiser,
    "autoencoder": _autoencoder,
    "listen": _listen,
    "judge": _judge,
    "export": _export,
    "import": _import,
    "evaluate": _evaluate,
    "sheets": _sheets,
    "renders": _renders,
    "page": _page,
}


if __name__ == "__main__":
    main()
