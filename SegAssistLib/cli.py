"""The command line: ``segassist tasks | segment | measure | evaluate | train | phantom | serve``."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from SegAssistLib.errors import InputError, kind_and_place
from SegAssistLib.task import Task, find_task, list_tasks, read_task
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

if TYPE_CHECKING:
    from SegAssistLib.io.archive import Archives
    from SegAssistLib.io.discover import FoundImage

MOST_UNPACKED = 16 << 30  # bytes

app = typer.Typer(
    help="Segmentation assistant for radiologists. Research use only, not for diagnosis.",
    add_completion=False,
    pretty_exceptions_enable=False,
)

# click's errors of usage, wherever this version of typer keeps its click
USAGE_ERRORS = tuple(
    kind for kind in typer.BadParameter.__mro__ if issubclass(kind, Exception) and kind is not Exception
)

TaskOption = Annotated[str, typer.Option("--task", help="What to look for; see `segassist tasks`.")]
OutputOption = Annotated[Path, typer.Option("--output", help="Folder for the results; made when missing.")]
BackendOption = Annotated[str, typer.Option("--backend", help="auto, openvino, onnxruntime or torch.")]
QualityOption = Annotated[
    str, typer.Option("--quality", help="quick: the acquired slices; best: every useful direction.")
]
DeviceOption = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace results that were made from another image.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run the command line: 0 success, 2 bad usage or input (one line on stderr), 1 anything else."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except InputError as error:
        _fail(str(error))
    except USAGE_ERRORS as error:
        _fail(f"{error.format_message()} See: segassist --help")
    except (typer.Abort, KeyboardInterrupt):
        print("segassist: stopped; nothing was written for the study under way", file=sys.stderr)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    print("segassist: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def _choice(value: str, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(
            _("{name} {value!r} is not possible; choose one of: {choices}.").format(
                name=name, value=value, choices=", ".join(allowed)
            )
        )
    return value


@app.command()
def tasks(as_json: JsonOption = False) -> None:
    """List what can be segmented."""
    found = list_tasks().values()
    if as_json:
        print(json.dumps([_describe(task) for task in found], indent=2, ensure_ascii=False))
        return
    for task in found:
        labels = ", ".join(f"{label.value} {label.name}" for label in task.labels)
        print(f"{task.name}  (version {task.version}; labels: {labels})\n  {task.title}. {task.intended_use}")
        if task.terms:
            print(f"  {task.terms}")


def _describe(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "version": task.version,
        "title": task.title,
        "description": task.description,
        "intended_use": task.intended_use,
        "terms": task.terms,
        "kinds": task.kinds,
        "modalities": task.modalities,
        "labels": [
            {"value": label.value, "name": label.name, "color": label.color, "threshold": label.threshold}
            for label in task.labels
        ],
        "model_sha256": {family: weights.sha256 for family, weights in task.weights.items()},
    }


@app.command()
def segment(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT...",
            help="NIfTI, NRRD, MHA, DICOM, pictures, video clips, or folders or zips of them.",
        ),
    ],
    task: TaskOption,
    output: OutputOption,
    backend: BackendOption = "auto",
    quality: QualityOption = "best",
    device: DeviceOption = "auto",
    mask_format: Annotated[
        str | None,
        typer.Option("--format", help="Of the mask: nii.gz, seg.nrrd, or png for a still picture."),
    ] = None,
    series: Annotated[str | None, typer.Option(help="Which DICOM series, by number or UID.")] = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Draw the mask on the scan as PNG too, on a clip as MP4.")
    ] = False,
    overwrite: OverwriteOption = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take a scan although its header states another modality or body part."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Segment scans, measure what was found, and write mask, findings and run record."""
    from SegAssistLib.inference.backends import NAMES
    from SegAssistLib.io.archive import Archives
    from SegAssistLib.io.temporary import temporary_folder
    from SegAssistLib.study import segment_study

    _choice(quality, "--quality", ("quick", "best"))
    _choice(backend, "--backend", ("auto", *NAMES))
    _choice(device, "--device", ("auto", "cpu", "cuda"))
    chosen = find_task(task)
    codes = [0]
    results = []
    with temporary_folder(Path(tempfile.gettempdir()), "segassist-") as unpacked:
        for where, image in _find(inputs, chosen, series, Archives(unpacked, MOST_UNPACKED)):
            with _going_on(where, codes):
                if isinstance(image, Exception):
                    raise image
                with _progress(image.name) as progress:
                    result = segment_study(
                        image,
                        chosen,
                        output,
                        quality=quality,
                        backend=backend,
                        device=device,
                        mask_format="seg.png" if mask_format == "png" else mask_format,
                        overlay=overlay,
                        overwrite=overwrite,
                        force=force,
                        progress=progress,
                    )
                _print_warnings(result.warnings)
                results.append(result)
                if not as_json:
                    _print_findings(result.findings, chosen)
                    for file in result.files:
                        print(file)
    if as_json:
        print(json.dumps([_result(result, chosen) for result in results], indent=2))
    if any(codes):
        raise typer.Exit(min(filter(None, codes)))


@contextmanager
def _going_on(name: str, codes: list[int]) -> Iterator[None]:
    """Say what is wrong with a scan and note the exit code; the others are done all the same."""
    try:
        yield
    except InputError as error:
        codes.append(2)
        print(f"segassist: {error}", file=sys.stderr)
    except Exception as error:  # a fault of ours
        codes.append(1)
        print(
            f"segassist: {name} could not be done for a reason that no one foresaw "
            f"({kind_and_place(error)}); nothing was written for it, please report this",
            file=sys.stderr,
        )


def _find(
    inputs: list[Path], task: Task, series: str | None, archives: Archives
) -> list[tuple[str, FoundImage | Exception]]:
    """What is to be segmented among the inputs, by path, or what is wrong with one."""
    from SegAssistLib.io.discover import divide, look
    from SegAssistLib.io.read import where

    images: list[tuple[str, FoundImage | Exception]] = []
    for part in divide(inputs):
        try:
            place = look(part, archives)
            found = place.choose(task.kinds, series)
        except Exception as error:
            images.append((str(where(part)), error))
            continue
        images += [(str(image), image) for image in found]
        if left := place.without(found):
            _print_warnings([f"{place.path}: left out {left}."])
    many = Counter(image.name for _where, image in images if not isinstance(image, Exception))
    for name in (name for name, count in many.items() if count > 1):
        raise InputError(
            _(
                "{name}: two inputs of this name would overwrite each other; give each its own --output."
            ).format(name=name)
        )
    return images


@contextmanager
def _progress(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task(name)
        yield lambda done, total: bar.update(row, completed=done, total=total)


def _result(result: Any, task: Task) -> dict[str, Any]:
    from SegAssistLib.results import measure_of

    return {
        "files": [str(path) for path in result.files],
        **measure_of(task).summary(result.findings),
        "seconds": result.seconds,
        "warnings": result.warnings,
    }


def _print_warnings(warnings: Iterable[str]) -> None:
    for warning in warnings:
        print(f"segassist: warning: {warning}", file=sys.stderr)


def _print_findings(findings: Any, task: Task) -> None:
    from rich.console import Console
    from rich.table import Table

    from SegAssistLib.results import measure_of

    shown = measure_of(task).shown(findings, task)
    table = Table(title=shown.title, caption="Research use only. Not for diagnosis.")
    for column in shown.columns:
        table.add_column(column, justify="right")
    for row in shown.rows:
        table.add_row(*row)
    Console(width=100).print(table)
    for note in shown.notes:
        print(note)


@app.command()
def measure(
    mask: Annotated[
        Path,
        typer.Argument(help="A label mask, e.g. one that was edited; of a clip also a folder of PNG files."),
    ],
    task: TaskOption,
    image: Annotated[
        Path | None, typer.Option(help="The scan, to check its grid and to draw an overlay.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for findings (and overlay).")] = None,
    vessel: Annotated[
        tuple[str, int] | None,
        typer.Option(
            metavar="VESSEL TRACK", help="Measure this track as the vessel, by the number in the warnings."
        ),
    ] = None,
    frames: Annotated[
        tuple[str, int, int] | None,
        typer.Option(metavar="VESSEL LARGEST SMALLEST", help="Compare these two frames of a clip."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Experimental: a change of area in percent to compare with."),
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure a mask, e.g. after a person edited it."""
    from SegAssistLib.results import measure_of
    from SegAssistLib.study import measure_mask

    chosen = find_task(task)
    choices: dict[str, Any] = {}
    if vessel is not None:
        choices["chosen_vessels"] = dict([vessel])
    if frames is not None:
        choices["chosen_frames"] = {frames[0]: frames[1:]}
    if threshold is not None:
        choices["threshold"] = threshold / 100
    findings, files = measure_mask(mask, chosen, image, output, overwrite, **choices)
    _print_warnings(measure_of(chosen).warnings(findings))
    if as_json:
        print(json.dumps(measure_of(chosen).rows(findings, chosen), indent=2))
        return
    _print_findings(findings, chosen)
    for file in files:
        print(file)


@app.command()
def evaluate(
    task: TaskOption,
    data: Annotated[Path, typer.Option(help="Folder with annotated studies.")],
    output: OutputOption,
    backend: BackendOption = "auto",
    quality: QualityOption = "best",
    device: DeviceOption = "auto",
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare the task's masks with reference masks: per case and in summary."""
    from SegAssistLib.evaluation import evaluate as run

    _choice(quality, "--quality", ("quick", "best"))
    summary = run(
        find_task(task),
        data,
        output,
        quality=quality,
        backend=backend,
        device=device,
        overwrite=overwrite,
        report=lambda line: print(line, file=sys.stderr),
    )
    if as_json:
        print(json.dumps(summary, indent=2))
        return
    shown = (
        "dice",
        "iou",
        "mean_iou",
        "accuracy",
        "auc",
        "lesion_f1",
        "hd95_mm",
        "absolute_volume_difference_percent",
        "absolute_area_difference_percent",
    )
    for line in summary:
        if line["metric"] in shown:
            group = ", ".join(line[key] for key in ("label", "group") if key in line)
            print(
                f"{group:28s} {line['metric']:36s} mean {line['mean']:8.3f} "
                f"[{line['mean_low']:.3f}, {line['mean_high']:.3f}]  median {line['median']:8.3f}  "
                f"{counted(line['cases'], 'case')}"
            )
    print(output / "summary.csv")


@app.command()
def train(
    task: TaskOption,
    data: Annotated[Path, typer.Option(help="Folder with annotated studies.")],
    output: OutputOption,
    folds: Annotated[
        int, typer.Option(min=0, help="Of the cross-validation; 0 trains the final model alone.")
    ] = 4,
    network: Annotated[str, typer.Option(help="A network of ours or MONAI's, by name.")] = "SlimUNet",
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of a fold.")] = 2500,
    final_steps: Annotated[int, typer.Option(min=1, help="Of the final model.")] = 5000,
    learning_rate: Annotated[float, typer.Option(min=0, help="Highest rate; 0 searches for it.")] = 4e-3,
    batch: Annotated[int, typer.Option(min=1, help="Examples a step.")] = 16,
    seed: Annotated[int, typer.Option(help="Of weights and examples.")] = 0,
    optimizer: Annotated[str, typer.Option(help="adamw or sgd.")] = "adamw",
    halved: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the steps, the first ones, at half the size."),
    ] = 0.0,
    loss: Annotated[
        str | None,
        typer.Option(help="Of a training on pictures: dice-bce (the usual one), log-dice-bce or iou."),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(min=32, help="Pixels of a frame's longer side; by default what suits the network."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Trained bundle to go on from; only with --folds 0.")
    ] = None,
    pretrain: Annotated[
        str | None,
        typer.Option(help="What the encoder learns first, on pictures: patches, rotation or contrast."),
    ] = None,
    pretrain_steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of that.")] = 1500,
    device: DeviceOption = "auto",
    jobs: Annotated[int | None, typer.Option(help="Trainings side by side; by default one a core.")] = None,
) -> None:
    """Cross-validate a network by patient, then train it on all of them and export a bundle.

    Run again with the same arguments, it goes on where it stopped.
    """
    try:
        import monai  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise InputError(
            _("Training needs {package}; install it with: pip install 'segassist[train]'.").format(
                package=error.name
            )
        ) from error
    from SegAssistLib.training.fit import Schedule
    from SegAssistLib.training.pretraining.pretrain import Pretraining
    from SegAssistLib.training.run import run_training

    schedule = Schedule(
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        seed=seed,
        optimizer=optimizer,
        halved=halved,
    )
    chosen = find_task(task, trained=False)
    options: dict[str, Any] = {
        name: value for name, value in {"loss": loss, "size": size}.items() if value is not None
    }
    if pretrain is not None:
        options["pretraining"] = Pretraining(pretrain, pretrain_steps)
    if start is not None:
        options["start"] = read_task(start)
    bundle = run_training(
        chosen, data, output, network, schedule, folds, final_steps, device, jobs, **options
    )
    print(bundle)


@app.command()
def phantom(
    path: Annotated[Path, typer.Argument(help="Where to write it, e.g. phantom_flair.nii.gz.")],
    seed: Annotated[int, typer.Option(help="Another seed gives another one.")] = 0,
) -> None:
    """Write a made-up image to try things on: a FLAIR head (.nii.gz), or compression ultrasound (.mp4)."""
    from SegAssistLib.io import check_writable

    check_writable(path.parent)
    if path.name.endswith((".nii", ".nii.gz")):
        _write_head(path, seed)
    elif path.suffix == ".mp4":
        _write_clip(path, seed)
    else:
        raise InputError(
            _("{path}: a phantom is written as NIfTI or MP4; end the name in .nii.gz or .mp4.").format(
                path=path
            )
        )
    print(path)


def _write_head(path: Path, seed: int) -> None:
    import nibabel as nib

    from SegAssistLib.io import writing
    from SegAssistLib.phantom import flair_phantom

    image, _ = flair_phantom(seed=seed)
    with writing(path) as temporary:
        nib.save(nib.Nifti1Image(image.array, image.affine), temporary)


def _write_clip(path: Path, seed: int) -> None:
    import numpy as np

    from SegAssistLib.io import video
    from SegAssistLib.training.ultrasound.simulator import Settings, simulate_clip

    clip = simulate_clip(seed, Settings(shape=(512, 512), thrombosed=False, marks=0.0))
    pictures = (np.repeat(frame.T[..., np.newaxis], 3, axis=2) for frame in np.moveaxis(clip.frames, 2, 0))
    video.write(path, pictures, np.arange(clip.frames.shape[2]) / clip.frame_rate)


@app.command()
def serve(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[INPUT]...", help="Opened at once: images, DICOM folders, .zip or .mrb."),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Folder with the masks that `segassist segment` wrote for them.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="What to listen on; other computers reach 0.0.0.0.")
    ] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="By default 8080 or a free one.")] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="SEGASSIST_TOKEN",
            help="Part of the page's address; by default made up. Other users of this computer can read "
            "arguments: use the variable.",
        ),
    ] = None,
    max_upload: Annotated[float, typer.Option(min=0.001, help="Largest upload in GiB.")] = 1.0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not show the page in a browser.")] = False,
    backend: BackendOption = "auto",
    device: DeviceOption = "auto",
) -> None:
    """Open SegAssist in the browser: look at scans, segment, review, correct and export."""
    try:
        import slicer  # noqa: F401
        import trame_slicer  # noqa: F401
    except ImportError as error:
        raise InputError(
            _(
                "The browser application needs {package}; install it with: pip install 'segassist[web]'."
            ).format(package=error.name)
        ) from error
    import secrets

    from SegAssistLib.inference.backends import NAMES
    from SegAssistLib.web.app import Settings
    from SegAssistLib.web.app import serve as run

    _choice(backend, "--backend", ("auto", *NAMES))
    _choice(device, "--device", ("auto", "cpu", "cuda"))
    settings = Settings(
        host=host,
        port=port,
        token=token or secrets.token_urlsafe(24),
        largest=int(max_upload * 2**30),
        backend=backend,
        device=device,
        open_browser=not no_open,
    )
    run(inputs or [], results, settings)


if __name__ == "__main__":
    main()
