"""Assistant: what a person does in the panel, over one scene. The faces call it and show what it says.

The scene is the state: a result is a segmentation node, and everything that is known of it (task,
thresholds, probabilities, findings, what was reviewed or chosen) lies in the scene and is saved with it.
A result of a clip is the node that shows the mask of the selected frame; its masks are a sequence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from slicer import (
    vtkMRMLNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLVolumeNode,
)

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.inference.segment import Quality
from SegAssistLib.inference.worker import Event, Failed, Finished, Progress, SliceDone, Stopped, Worker
from SegAssistLib.io import check_values, check_writable
from SegAssistLib.io.discover import the_image
from SegAssistLib.io.files import file_name
from SegAssistLib.io.record import writing_results
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.lesions import Findings, Lesion
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.results import exports_for, measure_of
from SegAssistLib.results.shown import Shown
from SegAssistLib.results.vessels import ClipFindings
from SegAssistLib.scene import clip_choices
from SegAssistLib.scene.adjustment import Adjustment
from SegAssistLib.scene.clip_memory import ClipMemory
from SegAssistLib.scene.findings import write_findings
from SegAssistLib.scene.lesion_review import find_lesion, mark, next_lesion, reviewed_ids, without_lesion
from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.one_slice import with_slice
from SegAssistLib.scene.preview import Preview
from SegAssistLib.scene.records import task_of, thresholds_of
from SegAssistLib.scene.result_nodes import ResultNodes, result_nodes
from SegAssistLib.scene.segmentation_sequences import write_segmentation_sequence
from SegAssistLib.scene.segmentations import segmented_volume, write_segmentation
from SegAssistLib.scene.sequences import show_frame, shown_frame, shown_volume
from SegAssistLib.scene.shown_table import write_shown
from SegAssistLib.scene.source_file import header_file, stored_file
from SegAssistLib.scene.sources import Images, pixels_key, whole
from SegAssistLib.scene.vessel_tables import write_vessels
from SegAssistLib.scene.views import visible_slice
from SegAssistLib.study import EXPORTS, measure, write_results
from SegAssistLib.task import Task, list_tasks
from SegAssistLib.translation import tr as _

__all__ = ["EXPORTS", "Assistant", "Done", "FrameDone", "Result", "exports_for"]

VESSELS = "vessels"  # the measure for which vessels are followed
Undoable = Callable[[vtkMRMLSegmentationNode], AbstractContextManager[None]]


@dataclass(frozen=True)
class FrameDone:
    """The mask of one frame of a clip has been computed: :meth:`Assistant.show_frame` shows it."""

    index: int


@dataclass(frozen=True)
class Done:
    """A run ended well and its result is in the scene.

    Attributes:
        segmentation: the result.
        findings: measured on it, by the task's measure; None for a sequence of volumes, each of which has its
            own.
        warnings: sentences for the person.
    """

    segmentation: vtkMRMLSegmentationNode
    findings: Findings | ClipFindings | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What is known of a result in the scene.

    Attributes:
        task: what was looked for.
        volume: what it was found in; of a clip the node that shows the selected frame.
        source: the same as a whole: the volume, or the browser of the clip.
        kind: of the source.
        measure: what the task measures, a name in ``SegAssistLib.results``.
        findings: of the last measurement.
        reviewed: ids of the lesions that a person marked as reviewed.
        thresholds: by label name, as they are now.
        comparison: the change of area in percent that a person wants the others compared with; or None.
        has_probabilities: whether the thresholds can be changed.
        stale: whether the mask was edited since the last measurement.
    """

    task: Task
    volume: vtkMRMLVolumeNode
    source: vtkMRMLVolumeNode | vtkMRMLSequenceBrowserNode
    kind: Kind
    measure: str
    findings: Findings | ClipFindings
    reviewed: frozenset[int]
    thresholds: Mapping[str, float]
    comparison: float | None
    has_probabilities: bool
    stale: bool

    @property
    def shown(self) -> Shown:
        """The findings as a table for reading, whatever the measure."""
        return measure_of(self.task).shown(self.findings, self.task)


@dataclass
class _Run:
    """A run under way.

    Attributes:
        source, task, quality, segmentation: as :meth:`Assistant.start` got them.
        images: what is segmented, one after another.
        warnings: about them.
        preview: shows what has been computed.
        key: stands for the pixels of a single image.
        only_slice: array axis and index, where nothing else is segmented.
        finished: of the first images, what was found.
        unread: what the worker has said and nobody has heard yet.
        failure: why there will be no result: the worker was told to stop, and its last word is waited for.
    """

    source: vtkMRMLNode
    task: Task
    quality: Quality
    segmentation: vtkMRMLSegmentationNode | None
    images: list[Image]
    warnings: tuple[str, ...]
    preview: Preview
    key: str | None
    only_slice: tuple[int, int] | None = None
    finished: list[Segmentation] = field(default_factory=list)
    unread: deque[Event] = field(default_factory=deque)
    failure: str | None = None


@dataclass(frozen=True)
class _Measured:
    """The result that was measured last.

    Attributes:
        node: the result.
        findings, reviewed: as in :class:`Result`.
        probabilities: float16 ``(labels, i, j, k)``, or None.
        image: that was measured in.
        state: of the mask when it was measured.
    """

    node: vtkMRMLSegmentationNode
    findings: Findings | ClipFindings
    reviewed: frozenset[int]
    probabilities: np.ndarray | None
    image: Image
    state: tuple[object, ...]


class Assistant:
    """Runs tasks on the nodes of one scene, and keeps what they found.

    Args:
        scene: of the desktop program, of a browser session, or a bare one.
        worker: segments; the assistant ends it in :meth:`close`.
        undoable: a context for a segmentation node. What is written to the node inside it, of a clip to all
            frames, is one step of the face's undo (see ``segmentation_sequences.snapshot``).

    Results are segmentation nodes that this class made, in this session or in the one that saved the
    scene. Every method that takes one raises ``InputError`` for any other node.
    """

    def __init__(
        self, scene: vtkMRMLScene, worker: Worker, undoable: Undoable = lambda _: nullcontext()
    ) -> None:
        self._scene = scene
        self._worker = worker
        self._undoable = undoable
        self._run: _Run | None = None
        self._measured: _Measured | None = None
        self._adjustment: Adjustment | None = None
        self._images = Images()
        self._clip_memory = ClipMemory()
        self._exported: dict[Path, str | None] = {}  # of which pixels each file is a result

    def close(self) -> None:
        """End the worker. A run under way is given up."""
        self._end_run()
        self._worker.close()

    # ------------------------------------------------------------------ before a run

    def tasks(self) -> list[Task]:
        """Everything that can be looked for."""
        return list(list_tasks().values())

    def propose_task(self, source: vtkMRMLNode | None) -> Task | None:
        """The task that has the least against a volume or sequence like this; None when there is none."""
        try:
            image = self._images.of(source)[0] if source is not None else None
        except InputError:
            image = None
        if image is None:
            return None
        doubts: dict[Task, int] = {}
        for task in self.tasks():
            try:
                doubts[task] = len(task.warnings_for(image)) - len(task.warnings)
            except InputError:  # it cannot work on this
                continue
            except ModuleNotFoundError:  # nobody can look yet; a run offers to install what is missing
                doubts[task] = 0
        return min(doubts, key=doubts.get, default=None)

    def missing(self, source: vtkMRMLNode | None, task: Task | None) -> str | None:
        """Why a run cannot be started, as a sentence that says what to do; None when it can."""
        if self.running:
            return _("A run is under way; wait for it or cancel it.")
        if source is None:
            return _("Choose a volume first.")
        if task is None:
            return _("Choose what to look for.")
        try:
            task.warnings_for(self._images.of(source)[0])
        except InputError as error:
            return str(error)
        except ModuleNotFoundError:  # a face offers to install what is missing when a run is started
            pass
        return None

    # ------------------------------------------------------------------ a run

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._run is not None

    def start(
        self,
        source: vtkMRMLNode,
        task: Task,
        *,
        quality: Quality = "best",
        segmentation: vtkMRMLSegmentationNode | None = None,
        only_slice: bool = False,
        view: str = "Red",
    ) -> None:
        """Start a run; :meth:`poll` brings its events and writes its result.

        Args:
            source: a volume, a sequence, or a sequence browser; the volume that shows a clip stands for the
                clip.
            task: what to look for.
            quality: ``quick`` or ``best``.
            segmentation: receives the result. By default that of the last run of this task on this
                volume, so that a second click updates it, or else a new one.
            only_slice: the slice that ``view`` shows alone, or the shown frame of a clip; the others stay as
                they are.
            view: name of the slice view whose slice comes first. Of a clip, frames come in playing order
                from the shown one on.

        Raises:
            InputError: it cannot be started; the message says why.
        """
        reason = self.missing(source, task)
        if reason:
            raise InputError(reason)
        source = whole(source)
        images = self._images.of(source)
        for image in images:
            check_values(image.array, image.name)
        if images[0].kind == "frames":
            shown = (2, shown_frame(source))
        elif isinstance(source, vtkMRMLVolumeNode):
            shown = visible_slice(self._scene, source, view)
        else:
            shown = None
        if only_slice and shown is None:
            raise InputError(
                _(
                    "The {view} view shows no slice of {name}: show the volume there, along its "
                    "own axes, or choose Segment all."
                ).format(view=view, name=source.GetName())
            )
        if segmentation is None:
            segmentation = self.last_result(source, task)
        run = _Run(
            source,
            task,
            quality,
            segmentation,
            images,
            tuple(task.warnings_for(images[0])),
            Preview(self._scene, source, images[0], task),
            pixels_key(source, images[0]),
            shown if only_slice else None,
        )
        self._worker.submit(
            images[0],
            task,
            quality=quality,
            first_slice=shown,
            only_slice=only_slice,
            follow=task.measure == VESSELS and len(images) == 1,
            key=run.key,
        )
        self._run = run

    def cancel(self) -> None:
        """Give up the run under way; ``Stopped`` follows within a second, and the scene is as it was."""
        if self._run is not None:
            self._worker.cancel()

    def poll(self) -> list[Event | FrameDone | Done]:
        """Write what has been computed into the scene and return what happened since the last call.

        Returns:
            ``Progress``; of a clip ``FrameDone`` for every frame; and at the end of a run ``Done``,
            ``Failed`` or ``Stopped``.
        """
        run = self._run
        if run is None:
            return []
        if not run.failure and not self._shows(run.source):
            self._give_up(run, _("The volume was removed during the run; nothing was written."))
        run.unread.extend(self._worker.poll())
        events: list[Event | FrameDone | Done] = []
        while run.unread:
            try:
                events += self._hear(run, run.unread.popleft())
            except InputError as error:
                events += self._give_up(run, str(error))
            except Exception as error:
                self._give_up(
                    run,
                    _("Showing the result failed ({kind}); nothing was written.").format(
                        kind=type(error).__name__
                    ),
                )
                raise
        return events

    def _hear(self, run: _Run, event: Event) -> list[Event | FrameDone | Done]:
        """Do what one event of the worker asks for, and return what a face has to know of it."""
        if isinstance(event, Progress):
            return [_of_all(event, len(run.finished), len(run.images))]
        if isinstance(event, SliceDone):
            if run.failure or run.only_slice is not None:
                return []
            run.preview.add(event)
            return [FrameDone(event.index)] if run.images[0].kind == "frames" else []
        if isinstance(event, Finished) and not run.failure:
            return self._take(run, event)
        self._end_run()
        return [Failed(run.failure) if run.failure else event]

    def _give_up(self, run: _Run, reason: str) -> list[Failed]:
        """End a run without a result, as soon as the worker has ended its job."""
        run.failure = run.failure or reason
        self._worker.cancel()
        if self._worker.busy or run.unread:
            return []
        self._end_run()
        return [Failed(run.failure)]

    @property
    def source(self) -> vtkMRMLNode | None:
        """What the run under way segments: a volume, or the browser of a clip; None when there is no run."""
        return self._run.source if self._run is not None else None

    @property
    def preview(self) -> vtkMRMLSegmentationNode | None:
        """The node that shows what the run under way has computed; None when there is nothing to show."""
        return self._run.preview.node if self._run is not None else None

    def computed(self, n: int) -> bool:
        """Whether the mask of frame ``n`` is there already, in the run under way."""
        return self._run is not None and n in self._run.preview.computed

    def show_frame(self, source: vtkMRMLNode, n: int) -> None:
        """Show a frame of a clip with its mask; during a run on the clip, with what has been computed of it.

        Args:
            source: a clip, as :meth:`start` takes it.
            n: index of the frame, from 0.

        Raises:
            InputError: there is no such frame.
        """
        show_frame(whole(source), n)
        self.follow_frame()

    def follow_frame(self) -> None:
        """Bring the preview of a run in step with its clip, after something else chose another frame."""
        run = self._run
        if run is not None and not run.failure and run.images[0].kind == "frames" and self._holds(run.source):
            run.preview.follow()

    def segment(
        self,
        source: vtkMRMLNode,
        task: Task,
        *,
        quality: Quality = "best",
        segmentation: vtkMRMLSegmentationNode | None = None,
    ) -> vtkMRMLSegmentationNode:
        """Run and wait: for scripts, which have no panel. The arguments are those of :meth:`start`.

        Raises:
            InputError: it cannot be started, or it failed.
        """
        import time

        self.start(source, task, quality=quality, segmentation=segmentation)
        while True:
            for event in self.poll():
                if isinstance(event, Done):
                    return event.segmentation
                if isinstance(event, Failed):
                    raise InputError(event.message)
                if isinstance(event, Stopped):
                    raise InputError(_("The run was cancelled; nothing was written."))
            time.sleep(0.01)

    def _take(self, run: _Run, event: Finished) -> list[Done]:
        """Take one finished image: start the next of a sequence, or write the result."""
        run.finished.append(event.segmentation)
        if len(run.finished) < len(run.images):
            self._worker.submit(run.images[len(run.finished)], run.task, quality=run.quality)
            return []
        self._end_run()
        return [self._write(run, event)]

    def _write(self, run: _Run, event: Finished) -> Done:
        node = run.segmentation if self._holds(run.segmentation) else None
        found, warnings = run.finished[0], run.warnings
        thresholds = {label.name: label.threshold for label in run.task.labels}
        if event.frame_quality is not None:
            self._clip_memory.learn_frames(run.key, event.frame_quality)
        if run.only_slice is not None:
            if node is not None and _is_result(node, run.source, run.task):
                found, thresholds = with_slice(result_nodes(node), found, run.only_slice)
            elif run.images[0].kind == "frames":
                warnings += (
                    _("Only frame {frame} was looked at; click Segment all for the others.").format(
                        frame=run.only_slice[1]
                    ),
                )
        with self._undoable(node) if node else nullcontext():
            if isinstance(run.source, vtkMRMLVolumeNode):
                node = write_segmentation(self._scene, run.source, found, run.task, node)
            else:
                masks = [found] if len(run.finished) == 1 else run.finished
                node = write_segmentation_sequence(self._scene, run.source, masks, run.task, node)
            if len(run.images) > 1:
                return Done(node, None, warnings)
            nodes = result_nodes(node)
            for label, threshold in thresholds.items():
                nodes.record_threshold(label, threshold)
        nodes.keep_probabilities(found)
        nodes.records.SetAttribute("SegAssist.ModelVersion", run.task.version)
        nodes.records.SetAttribute("SegAssist.ModelSha256", event.model_sha256)
        nodes.records.SetAttribute("SegAssist.Notice", RESEARCH_USE)
        self._adjustment = None
        if event.tracking is not None:
            self._clip_memory.learn_vessels(nodes, event.tracking)
        return Done(node, self._measure(nodes, found, found.probabilities), warnings)

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.preview.remove()

    def last_result(self, source: vtkMRMLNode, task: Task) -> vtkMRMLSegmentationNode | None:
        """The result of the last run of this task on this volume or sequence; None when there was none."""
        found = nodes_of_class(self._scene, "vtkMRMLSegmentationNode")
        return next((node for node in reversed(found) if _is_result(node, source, task)), None)

    def _shows(self, source: vtkMRMLNode) -> bool:
        """Whether a source is still there; of a browser also what it shows, and the node that shows it."""
        if not self._holds(source) or not isinstance(source, vtkMRMLSequenceBrowserNode):
            return self._holds(source)
        return source.GetMasterSequenceNode() is not None and self._holds(shown_volume(source))

    def _holds(self, node: vtkMRMLNode | None) -> bool:
        return node is not None and node.GetScene() is self._scene

    # ------------------------------------------------------------------ a result

    def result(self, segmentation: vtkMRMLSegmentationNode | None) -> Result | None:
        """What is known of a node; None when it is not a result, or its volume is gone."""
        try:
            nodes = result_nodes(segmentation)
        except InputError:
            return None
        measured = self._last_measured(nodes)
        return Result(
            nodes.task,
            nodes.volume,
            nodes.source,
            measured.image.kind,
            nodes.task.measure,
            measured.findings,
            measured.reviewed,
            thresholds_of(segmentation, nodes.task),
            clip_choices.comparison_of(nodes.records),
            measured.probabilities is not None,
            measured.state != nodes.state(),
        )

    def add_result(self, source: vtkMRMLNode, mask: Segmentation, task: Task) -> vtkMRMLSegmentationNode:
        """Make a result of a mask that was read from a file: it has no probabilities.

        Args:
            source: what the mask belongs to: a volume or a clip, as :meth:`start` takes it.
            mask: on its grid.
            task: whose labels the mask has.

        Raises:
            InputError: the mask does not lie on the grid of the source.
        """
        source = whole(source)
        mask = mask.on_grid_of(self._images.of(source)[0])
        if mask is None:
            raise InputError(
                _("The mask does not lie on the grid of {name}; open its own scan.").format(
                    name=source.GetName()
                )
            )
        mask = replace(mask, labels=task.labels, probabilities=None)
        node = self.last_result(source, task)
        with self._undoable(node) if node else nullcontext():
            if isinstance(source, vtkMRMLVolumeNode):
                node = write_segmentation(self._scene, source, mask, task, node)
            else:
                node = write_segmentation_sequence(self._scene, source, [mask], task, node)
        nodes = result_nodes(node)
        nodes.keep_probabilities(mask)
        self._adjustment = None
        self._measure(nodes, nodes.mask(), None)
        return node

    def remove_result(self, segmentation: vtkMRMLSegmentationNode) -> None:
        """Remove a result from the scene, with everything that belongs to it alone."""
        nodes = result_nodes(segmentation)
        self._measured = self._adjustment = None
        nodes.remove()

    def update(self, segmentation: vtkMRMLSegmentationNode) -> Findings | ClipFindings:
        """Measure the mask as it is now, and write the tables of findings, of a clip its chart too.

        A lesion stays reviewed as long as it holds a voxel that a reviewed lesion had.
        """
        nodes = result_nodes(segmentation)
        return self._measure(nodes, nodes.mask(), self._probabilities(nodes))

    def set_threshold(
        self, segmentation: vtkMRMLSegmentationNode, label: str, value: float
    ) -> Findings | ClipFindings:
        """Derive the mask anew from the stored probabilities; what a person edited stays.

        Moving on without any other edit in between gives what one move would have given, and is one
        step of undo.

        Args:
            segmentation: the result.
            label: name of the label whose threshold is moved.
            value: from 0 to 1.

        Raises:
            InputError: the result has no such label, or no probabilities to derive the mask from.
        """
        nodes = result_nodes(segmentation)
        if label not in (known.name for known in nodes.task.labels):
            raise InputError(
                _("{name} has no label {label!r}; choose one of its own.").format(
                    name=segmentation.GetName(), label=label
                )
            )
        probabilities = self._probabilities(nodes)
        if probabilities is None:
            raise InputError(
                _("{name} was saved without its probabilities; click Segment all first.").format(
                    name=segmentation.GetName()
                )
            )
        adjustment = self._adjustment
        moving_on = adjustment is not None and adjustment.goes_on(nodes, label)
        if not moving_on:
            adjustment = self._adjustment = Adjustment(nodes, label, probabilities)
        mask = adjustment.mask_at(value)
        with nullcontext() if moving_on else self._undoable(segmentation):
            adjustment.write(mask, value)
        return self._measure(nodes, mask, probabilities)

    def export(
        self,
        segmentation: vtkMRMLSegmentationNode,
        folder: Path,
        kinds: Collection[str] = ("nii.gz", "csv", "png"),
        overwrite: bool = False,
    ) -> list[Path]:
        """Write a result to files, as the command line does; all of them or none.

        Args:
            segmentation: the result; it is measured as it is now.
            folder: made when missing; older results of the same image are replaced.
            kinds: of ``results.exports_for`` the kind of image.
            overwrite: whether results of other images may be replaced too.

        Raises:
            Occupied: results of another image, or of one that nothing is known of, are in the way.
            InputError: they cannot be written.
        """
        nodes = result_nodes(segmentation)
        mask = nodes.mask()
        findings = self._measure(nodes, mask, self._probabilities(nodes))
        image = self._images.of(nodes.source)[0]
        image = replace(image, name=file_name(image.name))
        check_writable(folder)
        key, file = pixels_key(nodes.source, image), stored_file(nodes.volume)

        def replaceable(path: Path) -> bool:
            return overwrite or (key is not None and self._exported.get(path.resolve()) == key)

        digest = file and the_image(file).sha256()
        with (
            writing_results(folder, image.name, digest, replaceable) as temporary,
            header_file(nodes.volume, image) as like,
        ):
            write_results(temporary, image, mask, findings, nodes.task, kinds, like)
            files = [folder / name for name in sorted(path.name for path in temporary.iterdir())]
        self._exported |= dict.fromkeys((path.resolve() for path in files), key)
        return files

    def _probabilities(self, nodes: ResultNodes) -> np.ndarray | None:
        measured = self._measured
        if measured is not None and measured.node is nodes.node:
            return measured.probabilities
        return nodes.read_probabilities()

    def _measure(
        self, nodes: ResultNodes, mask: Segmentation, probabilities: np.ndarray | None
    ) -> Findings | ClipFindings:
        """Measure this mask, which is the one in the scene, and show what was found."""
        image, state = self._images.of(nodes.source)[0], nodes.state()
        choices = self._choices(nodes, image)
        findings = measure(replace(mask, probabilities=probabilities), nodes.task, image, **choices)
        reviewed: frozenset[int] = frozenset()
        if isinstance(findings, Findings):
            reviewed = reviewed_ids(nodes, findings, mask.array)
            write_findings(nodes.node, findings, nodes.task, reviewed)
        elif isinstance(findings, ClipFindings):
            write_vessels(nodes.node, findings, nodes.task)
            self._clip_memory.learn_vessels(nodes, findings.proposal)
        else:
            write_shown(nodes.node, measure_of(nodes.task).shown(findings, nodes.task), nodes.task)
        self._measured = _Measured(nodes.node, findings, reviewed, probabilities, image, state)
        return findings

    def _last_measured(self, nodes: ResultNodes) -> _Measured:
        if self._measured is None or self._measured.node is not nodes.node:
            self.update(nodes.node)
        return self._measured

    # ------------------------------------------------------------------ lesions

    def delete_lesion(self, segmentation: vtkMRMLSegmentationNode, lesion_id: int) -> int | None:
        """Erase one lesion of the last measurement, as it is now.

        Returns:
            Id of the lesion to go on with, as they are numbered by now: the one that followed, after the last
            the one before it; None when none is left.

        Raises:
            InputError: it is not there any more.
        """
        nodes = result_nodes(segmentation)
        lesion, mask = self._lesion(nodes, lesion_id), nodes.mask()
        before = self._measured.findings
        mask = replace(mask, array=without_lesion(mask.array, lesion, nodes.task))
        with self._undoable(segmentation):
            nodes.write(mask)
        return next_lesion(before, lesion_id, self.update(segmentation), mask.array, nodes.task)

    def mark_reviewed(
        self, segmentation: vtkMRMLSegmentationNode, lesion_id: int, reviewed: bool = True
    ) -> None:
        """Mark a lesion as reviewed, or take the mark away."""
        nodes = result_nodes(segmentation)
        lesion = self._lesion(nodes, lesion_id)
        findings = self._measured.findings
        mark(nodes, findings, nodes.mask().array, lesion, reviewed)
        ids = self._measured.reviewed - {lesion_id} | ({lesion_id} if reviewed else set())
        self._measured = replace(self._measured, reviewed=ids)
        write_findings(segmentation, findings, nodes.task, ids)

    def go_to(self, segmentation: vtkMRMLSegmentationNode, lesion_id: int) -> None:
        """Show a lesion in every slice view; of a clip in its frame, which is shown from then on."""
        nodes = result_nodes(segmentation)
        nodes.go_to(self._lesion(nodes, lesion_id).inside_ijk)
        self.follow_frame()

    def _lesion(self, nodes: ResultNodes, lesion_id: int) -> Lesion:
        return find_lesion(self._last_measured(nodes).findings, lesion_id)

    # ------------------------------------------------------------------ vessels of a clip

    def choose_vessel(self, segmentation: vtkMRMLSegmentationNode, vessel: str, track: int) -> ClipFindings:
        """Choose which of the vessels that were followed is measured under a label.

        A label that had this vessel gets in exchange the one that ``vessel`` had.

        Args:
            segmentation: the result of a clip.
            vessel: name of the label.
            track: id of the vessel, one of ``ClipFindings.candidates`` of the last measurement.

        Raises:
            InputError: there is no such label or vessel.
        """
        nodes = result_nodes(segmentation)
        clip_choices.record_vessel(nodes.records, vessel, track, self._last_measured(nodes).findings)
        return self.update(segmentation)

    def choose_frames(
        self,
        segmentation: vtkMRMLSegmentationNode,
        vessel: str,
        frames: clip_choices.Frames | None,
    ) -> ClipFindings:
        """Choose the two frames between which the change of a vessel's area is given.

        Args:
            segmentation: the result of a clip.
            vessel: its name.
            frames: those of the largest and the smallest area, of which None stays as it is; None instead of
                the two leaves both to the program again.

        Raises:
            InputError: there is no such vessel or frame, or it is the same frame twice.
        """
        nodes = result_nodes(segmentation)
        findings = self._last_measured(nodes).findings
        clip_choices.record_frames(nodes.records, vessel, frames, findings)
        return self.update(segmentation)

    def compare_with(self, segmentation: vtkMRMLSegmentationNode, percent: float | None) -> ClipFindings:
        """Compare the change of every vessel's area with one that a person sets, which is experimental.

        Args:
            segmentation: the result of a clip.
            percent: from 0 to 100; None for no comparison.

        Raises:
            InputError: it is no percentage.
        """
        clip_choices.record_comparison(result_nodes(segmentation).records, percent)
        return self.update(segmentation)

    def frame_picture(self, segmentation: vtkMRMLSegmentationNode, n: int) -> np.ndarray:
        """Frame ``n`` with the outlines of its mask as it is now: uint8 ``(rows, columns, 3)``, RGB.

        Raises:
            InputError: there is no such frame.
        """
        from SegAssistLib.report.frame_picture import frame_picture

        nodes = result_nodes(segmentation)
        image = self._images.of(nodes.source)[0]
        if not 0 <= n < image.grid[2]:
            raise InputError(
                _("{name}: there is no frame {n}; choose one from 0 to {last}.").format(
                    name=image.name, n=n, last=image.grid[2] - 1
                )
            )
        return frame_picture(image, nodes.frame(n), n)

    def _choices(self, nodes: ResultNodes, image: Image) -> dict[str, Any]:
        """What the measure has to know besides mask and image, and what it need not find out again."""
        if nodes.task.measure != VESSELS:
            return {}
        return clip_choices.choices_of(nodes.records) | self._clip_memory.known(nodes, image)


def _is_result(node: vtkMRMLSegmentationNode, source: vtkMRMLNode, task: Task) -> bool:
    """Whether a node is the result of this task on this volume, sequence or browser."""
    volume = source if isinstance(source, vtkMRMLVolumeNode) else shown_volume(source)
    return volume is not None and task_of(node) is task and segmented_volume(node) is volume


def _of_all(progress: Progress, done: int, images: int) -> Progress:
    """Progress of one of several images as progress of all."""
    if images == 1:
        return progress
    left = progress.seconds_left
    if left is not None and progress.done:
        left += (images - done - 1) * left * progress.total / max(1, progress.total - progress.done)
    return Progress(done * progress.total + progress.done, images * progress.total, left)
