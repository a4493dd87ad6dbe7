"""The command line of the training room: `python -m training <command>`, from the repository root."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

if TYPE_CHECKING:
    from training.sampling import Shipped
    from training.sitting import Sitting

#: Part of the time that a new model's autoencoder gets.
AUTOENCODER_SHARE = 0.15

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument(
        "--work", type=Path, default=user_cache_path("atelier-training"), help="rendered data"
    )
    parser.add_argument("--checkpoint", type=Path, help="weights (default: training/checkpoints)")
    parser.add_argument("--onnx", type=Path, help="folder of the ONNX files (default: the engine's)")
    commands = parser.add_subparsers(dest="command", required=True)
    everything = commands.add_parser("all", help="data, denoiser and export in one go")
    everything.add_argument("--from-nothing", action="store_true", help="a new model: autoencoder first")
    data = commands.add_parser("data", help="render the scenes and encode them to latents")
    data.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    denoiser = commands.add_parser("denoiser", help="train text encoder and denoiser for some minutes")
    for sitting in (everything, denoiser):
        sitting.add_argument("--minutes", type=float, required=True)
        sitting.add_argument("--device", default="auto", help="cpu, cuda or auto")
        sitting.add_argument("--batch", type=int, default=48)
        sitting.add_argument("--learning-rate", type=float, default=8e-4)
        sitting.add_argument("--seed", type=int, default=0)
        sitting.add_argument("--processes", type=int, help="cores to use (default: all; 1 on a GPU)")
        sitting.add_argument("--workers", type=int, help="processes that prepare batches")
        sitting.add_argument("--target", type=Path, help="where the weights go (default: over --checkpoint)")
    autoencoder = commands.add_parser("autoencoder", help="train the autoencoder's decoder for some minutes")
    autoencoder.add_argument("--minutes", type=float, required=True)
    autoencoder.add_argument("--target", type=Path, help="where the weights go (default: over --checkpoint)")
    autoencoder.add_argument("--from-nothing", action="store_true", help="train the encoder too: a new model")
    judge = commands.add_parser("judge", help="train the classifier that evaluates for some minutes")
    judge.add_argument("--minutes", type=float, required=True)
    judge.add_argument("--source", type=Path, help="weights to go on from (default: none)")
    judge.add_argument("--target", type=Path, help="where they go (default: training/checkpoints)")
    judge.add_argument("--seed", type=int, default=0)
    judge.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    commands.add_parser("export", help="write the ONNX files of the embedded engine")
    evaluate = commands.add_parser("evaluate", help="score the ONNX files and write the figures")
    evaluate.add_argument("--prompts", type=int, default=300)
    evaluate.add_argument("--edits", type=int, default=150, help="of sky, style and land each")
    evaluate.add_argument("--judge", type=Path, help="weights (default: training/checkpoints)")
    evaluate.add_argument("--figures", type=Path, help="where the JSON goes (default: the documentation)")
    sheets = commands.add_parser("sheets", help="draw the contact sheets of the documentation")
    sheets.add_argument("--folder", type=Path, help="where they go (default: the documentation)")
    commands.add_parser("page", help="put the figures' tables into docs/explanation/model.md")
    arguments = parser.parse_args()
    _COMMANDS[arguments.command](arguments)


def _all(arguments: argparse.Namespace) -> None:
    from training import autoencoding, dataset, export, sitting
    from training.weights import NANO

    minutes = arguments.minutes
    if arguments.from_nothing:
        source = target = arguments.target or arguments.checkpoint or NANO
        autoencoding.train(None, target, minutes * AUTOENCODER_SHARE)
        minutes -= minutes * AUTOENCODER_SHARE
    else:
        source = _checkpoint(arguments)
        target = arguments.target or source
    dataset.prepare(arguments.work, source, arguments.processes or os.cpu_count() or 1)
    sitting.train(_sitting(arguments, source, target, minutes))
    for path in export.export(target, arguments.onnx or export.WEIGHTS):
        print(path)


def _data(arguments: argparse.Namespace) -> None:
    from training.dataset import prepare

    prepare(arguments.work, _checkpoint(arguments), arguments.processes)


def _denoiser(arguments: argparse.Namespace) -> None:
    from training.sitting import train

    source = _checkpoint(arguments)
    train(_sitting(arguments, source, arguments.target or source, arguments.minutes))


def _sitting(arguments: argparse.Namespace, source: Path, target: Path, minutes: float) -> Sitting:
    import torch

    from training.sitting import Sitting

    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    cores = os.cpu_count() or 1
    workers = arguments.workers
    if workers is None:
        # A GPU outruns the one process that thinks of captions.
        workers = 0 if device == "cpu" else min(12, cores)
    return Sitting(
        source=source,
        target=target,
        work=arguments.work,
        minutes=minutes,
        device=torch.device(device),
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
        workers=workers,
        processes=arguments.processes or (cores if device == "cpu" else 1),
    )


def _checkpoint(arguments: argparse.Namespace) -> Path:
    from training.weights import NANO

    path: Path = arguments.checkpoint or NANO
    if not path.exists():
        sys.exit(f"{path} does not exist. To begin a new model: python -m training all --from-nothing")
    return path


def _export(arguments: argparse.Namespace) -> None:
    from training.export import WEIGHTS, export

    for path in export(_checkpoint(arguments), arguments.onnx or WEIGHTS):
        print(path)


def _autoencoder(arguments: argparse.Namespace) -> None:
    from training.autoencoding import train
    from training.weights import NANO

    if arguments.from_nothing:
        train(None, arguments.target or arguments.checkpoint or NANO, arguments.minutes)
    else:
        source = _checkpoint(arguments)
        train(source, arguments.target or source, arguments.minutes)


def _judge(arguments: argparse.Namespace) -> None:
    from training.judge import train
    from training.weights import CLASSIFIER

    target = arguments.target or CLASSIFIER
    train(arguments.source, target, arguments.minutes, arguments.seed, arguments.processes)


def _evaluate(arguments: argparse.Namespace) -> None:
    from training import figures
    from training.evaluation import Evaluation
    from training.judge import Judge
    from training.weights import CLASSIFIER

    evaluation = Evaluation(
        judge=Judge(arguments.judge or CLASSIFIER),
        model=_shipped(arguments),
        prompts=arguments.prompts,
        edits=arguments.edits,
        other_edits=max(1, arguments.edits // 3),
        inpaintings=arguments.edits,
        transitions=max(1, arguments.prompts // 3),
        trials=max(1, arguments.prompts // 3),
    )
    result = evaluation.run()
    figures.write(result, arguments.figures or figures.FIGURES)
    print(figures.markdown(result))


def _sheets(arguments: argparse.Namespace) -> None:
    from training.sheets import FOLDER, draw_sheets

    for path in draw_sheets(_shipped(arguments), arguments.folder or FOLDER):
        print(path)


def _page(arguments: argparse.Namespace) -> None:
    from training import figures

    figures.put_into_page(figures.read())


def _shipped(arguments: argparse.Namespace) -> Shipped:
    from training.export import WEIGHTS
    from training.sampling import Shipped

    return Shipped(arguments.onnx or WEIGHTS)


_COMMANDS = {
    "all": _all,
    "data": _data,
    "denoiser": _denoiser,
    "autoencoder": _autoencoder,
    "judge": _judge,
    "export": _export,
    "evaluate": _evaluate,
    "sheets": _sheets,
    "page": _page,
}


if __name__ == "__main__":
    main()
