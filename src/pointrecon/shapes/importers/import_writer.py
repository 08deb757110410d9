"""Writing an import's batches, one process at a time; the table appears with the first, or replaces an old one last."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError, Stopped
from pointrecon.files import made_aside
from pointrecon.interrupt import Interrupt
from pointrecon.progress import plural
from pointrecon.shapes.importers.import_plan import summary
from pointrecon.shapes.importers.known_files import ids_of_files
from pointrecon.shapes.importers.skipped_files import list_skipped, reasons
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.replacing import arrived, place_to_write
from pointrecon.shapes.table.shape_table import ShapeTable, check_replaceable, create_table, open_table
from pointrecon.shapes.table.table_lock import alone


@dataclass
class ImportReport:
    """What an import did.

    Attributes:
        shapes: new ones. changed, moved, unchanged, pruned: counts of an update. gone: files that are no longer there.
        skipped_before: so many of those skipped, the first ones, were not tried again.
        skipped, warnings: (file, reason) pairs. not_read: files of formats that are not read, in a line, or "".
        summary: classes and splits of the table's shapes, in a line.
        up: the table's up axis. up_words: how it was estimated, or "".
    """

    table: Path | str
    shapes: int = 0
    already_there: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    pruned: int = 0
    gone: list[str] = field(default_factory=list)
    skipped_before: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    skipped_list: Path | None = None
    not_read: str = ""
    summary: str = ""
    up: str = "unknown"
    up_words: str = ""
    seconds: float = 0.0


class ImportWriter:
    """Makes the table when the first good batch comes, so that a failed import leaves nothing behind.

    Attributes:
        table: what is there to go on with. done: ids of its shapes. replaced: ids of those that give way to new ones.
        written: ids of those that were added or replaced.
        batch: shapes to write at once; an .npz is rewritten whole at each append, so it gets fewer and larger ones.
    """

    def __init__(
        self, out: Path | str, place: Path | str, table: ShapeTable | None, overwrite: bool, interrupt: Interrupt
    ) -> None:
        """Write for ``out``, at ``place`` until all is done, from a table on that is there already."""
        self.table, self._place, self._overwrite, self._interrupt = table, place, overwrite, interrupt
        self.done: set[str] = set() if table is None else set(table.ids().tolist())
        self.replaced: set[str] = set()
        self.written: set[str] = set()
        self.batch = 2048 if str(out).endswith(".npz") else 256
        self.report = ImportReport(out, already_there=len(self.done))
        if table is not None:
            self.done |= set(ids_of_files(table).values())  # of files whose parts are shapes
        self._labels: list[str] = []
        self._splits: list[str] = []
        self._began = time.monotonic()

    def stop(self) -> bool:
        """Whether Ctrl-C or SIGTERM asks to stop."""
        return self._interrupt.requested

    def write(self, arrays: ShapeArrays) -> None:
        """Add a batch; where it was asked to stop, raise Stopped: what was written is whole."""
        if len(arrays):
            again = np.isin(arrays.id, list(self.replaced))
            if self.table is None:
                self.table = self._begin(arrays)
            else:
                self.table.append(arrays.select(~again))
                self.table.replace(arrays.select(again))
            self.written.update(arrays.id.tolist())
            self.report.shapes += int((~again).sum())
            self.report.changed += int(again.sum())
            self._labels += [arrays.meta.classes[label] if label >= 0 else "" for label in arrays.label.tolist()]
            self._splits += arrays.split.tolist()
        if self.stop():
            raise Stopped(self._interrupt.status)

    def finish(self, nothing: str) -> ImportReport:
        """What was done; the skipped files are listed beside the table. ``nothing`` is said where no shape was."""
        if self.stop():
            raise Stopped(self._interrupt.status)
        report = self.report
        report.seconds = time.monotonic() - self._began
        if report.already_there and self.table is not None:
            first = self.table.rows().read(np.zeros(1, np.int64), columns=["format"])
            if not first.short["format"][0]:
                earlier = "has shapes from before tables told what files are: to know it, import again with --overwrite"
                report.warnings.append((str(report.table), earlier))
        if not report.shapes and not report.already_there:
            more = "; ".join(filter(None, [reasons(report.skipped) if report.skipped else "", report.not_read]))
            tried = plural(len(report.skipped), "file")
            raise InputError(f"{nothing} ({tried} tried){': ' if more else ''}{more}")
        if self.table is not None:
            report.up = self.table.meta.up
        if report.already_there and self.table is not None:  # the whole table is told
            names = [*self.table.meta.classes, ""]
            self._labels = [names[label] for tags in self.table.tags() for label in tags.label.tolist()]
            self._splits = [split for tags in self.table.tags() for split in tags.split.tolist()]
        report.summary = summary(self._labels, self._splits)
        if isinstance(report.table, Path):
            arrived(Path(self._place), report.table)
            report.skipped_list = list_skipped(report.skipped, report.table)
        return report

    def _begin(self, arrays: ShapeArrays) -> ShapeTable:
        place = self._place
        if isinstance(place, str):
            table = create_table(place, arrays.meta, overwrite=self._overwrite)
            table.append(arrays)
            return table
        with made_aside(place) as part:  # it appears with its first batch
            create_table(part, arrays.meta).append(arrays)
            if place.exists():  # made meanwhile by something that knows no lock
                check_replaceable(place, self._overwrite)
        return open_table(place)


@contextmanager
def writing(out: str | Path, *, overwrite: bool, resume: bool, update: bool = False) -> Iterator[ImportWriter]:
    """A context in which this process alone writes the table, and the first Ctrl-C or SIGTERM stops between batches.

    An update goes on with what is there, and waits some seconds for another process. InputError where another process
    writes it, it is there and neither switch is on, or it is no table's name.
    """
    if overwrite and (resume or update):
        other = "resume" if resume else "update"
        raise InputError(f"overwrite and {other} contradict each other: choose one")
    resume = resume or update
    if not str(out).rstrip("/").lower().endswith((".lance", ".npz")):
        raise InputError(f"'{out}' is no name for a shape table: call it something.lance or something.npz")
    if isinstance(out, str) and "://" in out:
        with Interrupt() as interrupt:  # where there are no locks; `create_table` looks what is there
            yield ImportWriter(out, out, open_table(out) if resume else None, overwrite, interrupt)
        return
    out = Path(out)
    with alone(out, wait=None if update else 0.0), Interrupt() as interrupt:
        place, begun = place_to_write(out, overwrite=overwrite, resume=resume)
        yield ImportWriter(out, place, open_table(place) if begun else None, overwrite, interrupt)
