"""The headline: measured accuracies, pre-trained beside untrained, as a table and one sentence."""

from collections.abc import Sequence
from html import escape

import numpy as np

from pointrecon.evaluation.families import (
    PHRASES,
    PICTURES,
    percent_words,
    settings_of,
    shapes_of,
    share_of_labels,
    what_was_measured,
)
from pointrecon.evaluation.record import Record


def latest(records: Sequence[Record]) -> list[Record]:
    """Without measurements that were repeated: the newest of the same thing and seed stays."""
    newest = {str(what_was_measured(record)): record for record in sorted(records, key=lambda r: r.date)}
    place = {task: number for number, task in enumerate(PHRASES)}
    return sorted(newest.values(), key=lambda r: (r.data, place.get(r.task, len(place)), r.task))


def headline(records: Sequence[Record]) -> str:
    """The most telling probe in one plain sentence, and the zero-shot number in another."""
    tasks = list(dict.fromkeys([*PHRASES, *(record.task for record in records)]))
    probes = [_sentence(records, task) for task in tasks if task != "zero-shot"]
    found = [*[sentence for sentence in probes if sentence][:1], _sentence(records, "zero-shot")]
    return " ".join(found).strip() or "Nothing was measured yet."


def _sentence(records: Sequence[Record], task: str) -> str:
    """What was measured of one task, on the first table there is; empty when nothing was."""
    members = [record for record in records if record.task == task and record.weights == "pre-trained"]
    if not members:
        return ""
    first = min(members, key=lambda r: r.protocol != "honest")
    kin = [record for record in records if _alike(record) == _alike(first)]
    sentence = f"{_title(task)}: {percent_words(_accuracies(kin, task, 'pre-trained'))}% right"
    before = _accuracies(kin, task, "untrained")
    if before:
        return f"{sentence}, against {percent_words(before)}% with random weights."
    chance = first.metrics.get("chance")
    return f"{sentence}." if chance is None else f"{sentence}, where guessing gives {100 * chance:.1f}%."


def _alike(record: Record) -> tuple[object, ...]:
    """What measurements have in common that differ in weights and seeds alone."""
    what = (record.task, record.protocol, shapes_of(record), record.split, record.group, share_of_labels(record))
    return (*what, tuple(settings_of(record).items()), record.weights == PICTURES)


def numbers_table(records: Sequence[Record]) -> str:
    """HTML table: rows are measurements, columns untrained, pre-trained, difference."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        groups.setdefault(_alike(record), []).append(record)
    rows = []
    for members in groups.values():
        task, split, teacher = members[0].task, members[0].split, members[0].weights == PICTURES
        after = _accuracies(members, task, PICTURES if teacher else "pre-trained")
        before = _accuracies(members, task, "untrained")
        chance = next((r.metrics["chance"] for r in members if "chance" in r.metrics), None)
        left, base = "–", None
        if before:
            left, base = f"{percent_words(before)}%", float(np.mean(before))
        elif chance is not None:
            left, base = f"<small>chance</small> {100 * chance:.1f}%", chance
        difference = "–" if base is None or not after else _signed(np.mean(after) - base)
        seeds = ", ".join(str(seed) for seed in sorted({record.seed for record in members}))
        choices = next((r.choices for r in members if r.weights == "pre-trained"), members[0].choices)
        shown = {key: value for key, value in choices.items() if key not in ("words", "templates")}
        several = len({record.group for record in records if record.weights != PICTURES}) > 1
        words = ["picture teacher, no model"] if teacher else [members[0].group] * several
        words += [key if value is True else f"{key} {value}" for key, value in shown.items() if value is not False]
        rows.append(
            f"<tr><th scope=row>{escape(_title(task))}<br><small>{escape(', '.join(words))}</small></th>"
            f"<td>{left}</td><td class=strong>{f'{percent_words(after)}%' if after else '–'}</td><td>{difference}</td>"
            f"<td class=wide>{members[0].counts.get('test', 0)} <small>{escape(split)}</small></td>"
            f"<td class=wide>{escape(members[0].data)}</td>"
            f"<td class=wide>{escape(members[0].protocol)}, seed {seeds}</td></tr>"
        )
    head = "<th></th><th>untrained</th><th>pre-trained</th><th>difference</th>"
    head += "<th class=wide>shapes</th><th class=wide>data</th><th class=wide>protocol</th>"
    return f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"


def confused_pairs(record: Record) -> list[tuple[str, str, int, float]]:
    """The classes most often taken for another: (true, answer, count, share of the true class)."""
    counts = np.asarray(record.confusion)
    wrong = counts - np.diag(np.diag(counts))
    pairs = []
    for flat in np.argsort(-wrong, axis=None, kind="stable")[:6]:
        i, j = np.unravel_index(flat, wrong.shape)
        if wrong[i, j] > 0:
            share = float(wrong[i, j] / counts[i].sum())
            pairs.append((record.classes[i], record.classes[j], int(wrong[i, j]), share))
    return pairs


def best_record(records: Sequence[Record]) -> Record | None:
    """The pre-trained measurement with a confusion matrix and most right; probes before zero-shot."""
    usable = [r for r in records if r.weights == "pre-trained" and r.confusion]
    return max(usable, key=lambda r: (r.task != "zero-shot", r.metrics.get("accuracy", 0.0)), default=None)


def _accuracies(records: Sequence[Record], task: str, weights: str) -> list[float]:
    return [r.metrics["accuracy"] for r in records if r.task == task and r.weights == weights]


def _signed(share: float | np.floating) -> str:
    return f"{100 * float(share):+.1f}".replace("-", "−")


def _title(task: str) -> str:
    name = PHRASES.get(task, task)
    return name[0].upper() + name[1:]
