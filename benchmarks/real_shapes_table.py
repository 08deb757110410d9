"""Print the runs of ``benchmarks/real_shapes.sh`` as the Markdown table of docs/results.md.

python benchmarks/real_shapes_table.py OUT
"""

import sys
from pathlib import Path

from pointrecon.evaluation import Record, load_records

TABLES = {"modelnet10": "ModelNet10", "shapes69": "Shapes-69"}
PROBES = {"svm": "linear SVM", "logistic": "logistic", "knn": "kNN"}


def cell(records: list[Record], probe: str) -> str:
    """Mean of the seeds, then each seed."""
    values = [100 * r.metrics["accuracy"] for r in records if r.task == f"probe/{probe}"]
    return f"{sum(values) / len(values):.1f} ({', '.join(f'{v:.1f}' for v in values)})" if values else "–"


def main(out: Path) -> None:
    """Read every record and print."""
    rows: dict[str, dict[str, list[Record]]] = {}
    for run in sorted((out / "runs").iterdir()):
        paradigm = run.name.rsplit("-", 1)[0]
        for table in TABLES:
            path = run / "results" / f"{table}.json"
            for record in load_records(path) if path.is_file() else []:
                trained = record.weights == "pre-trained"
                if trained or paradigm == "recon":
                    rows.setdefault(paradigm if trained else "untrained", {}).setdefault(table, []).append(record)
    names = [f"{TABLES[t]}, {PROBES[p]}" for t in TABLES for p in PROBES]
    print("| | " + " | ".join(names) + " |\n|---" * 1 + "|---" * len(names) + "|")
    for name in ("untrained", "reconstruct", "contrast", "recon"):
        if name in rows:
            cells = [cell(rows[name].get(table, []), probe) for table in TABLES for probe in PROBES]
            print(f"| {name} | " + " | ".join(cells) + " |")
    for name, tables in rows.items():
        for table, records in tables.items():
            chosen = {(r.seed, r.task): r.choices for r in records}
            print(f"<!-- {name} {table}: {chosen} -->", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
