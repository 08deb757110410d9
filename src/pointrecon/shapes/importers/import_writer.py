"""Writing an import's batches: the table appears with the first, and only then goes the old."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from pointrecon.shapes.table.arrays import ShapeArrays, TableMeta
from pointrecon.shapes.table.shape_table import ShapeTable, check_replaceable, create_table


@dataclass
class ImportReport:
    """What an import did: `skipped` and `warnings` are (file, reason) pairs."""

    table: Path | str
    shapes: int = 0
    already_there: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    skipped_list: Path | None = None
    seconds: float = 0.0


class Writer:
    """Makes the table when the first good batch comes, so that a failed import leaves nothing behind."""

    def __init__(
        self,
        out: str | Path,
        meta: TableMeta,
        table: ShapeTable | None,
        overwrite: bool,
        report: ImportReport,
    ) -> None:
        self.out, self.meta, self.table, self.overwrite, self.report = out, meta, table, overwrite, report

    def write(self, arrays: ShapeArrays) -> None:
        if not len(arrays):
            return
        if self.table is None:
            self.table = self._begin(arrays)
        else:
            self.table.append(arrays)
        self.report.shapes += len(arrays)

    def _begin(self, arrays: ShapeArrays) -> ShapeTable:
        if "://" in str(self.out):
            table = create_table(self.out, self.meta, overwrite=self.overwrite)
            table.append(arrays)
            return table
        # what is replaced waits aside until the first batch is safe
        out, aside = Path(self.out), None
        if out.exists():
            check_replaceable(out, self.overwrite)
            aside = out.with_name(f".{out.name}.{os.getpid()}.replaced")
            out.rename(aside)
        try:
            table = create_table(out, self.meta)
            table.append(arrays)
        except BaseException:
            _remove(out)
            if aside is not None:
                aside.rename(out)
            raise
        if aside is not None:
            _remove(aside)
        return table


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
