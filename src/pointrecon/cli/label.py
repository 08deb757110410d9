"""``pointrecon label``: classes into a table, from words, from examples, or from people; and what to do next."""

from typing import Any

from pointrecon.errors import InputError
from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """\
  # by words: what is surer than 0.5 gets its class; people's labels stay
  pointrecon label parts.lance --names names.txt
  pointrecon label parts.lance --names names.txt --threshold 0.8 --dry-run -o names.csv
  # by people: what to look at next, and their answers (columns id and class, from any spreadsheet)
  pointrecon label parts.lance --suggest 20 -o next.csv
  pointrecon label parts.lance --from next.csv --who Ada
  # by what they confirmed: a head learned in a second, with its cross-validated accuracy
  pointrecon label parts.lance --examples
  # labels that look wrong; all labels with who gave them; everything that was ever said
  pointrecon label parts.lance --check -o doubts.csv
  pointrecon label parts.lance --export labels.csv
  # what models guessed, looked through in a spreadsheet: changed rows count as confirmed, with --confirm all of them
  pointrecon label parts.lance --from labels.csv --who Ada --confirm
  pointrecon label parts.lance --history
"""
_SHOWN = 20
# one of them says what is done; behind each, the options that are for it
_WAYS = {
    "names": ("threshold", "temperature", "templates", "split", "dry_run", "model", "out"),
    "examples": ("threshold", "templates", "split", "dry_run", "model", "vector", "out"),
    "from": ("who", "confirm", "dry_run"),
    "export": (),
    "history": ("out",),
    "suggest": ("strategy", "model", "vector", "out"),
    "check": ("model", "vector", "out"),
}


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "label",
        "Give the shapes of a table classes, with who gave them, when, and how sure a model is; or tell what to label "
        "next, and which labels look wrong.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="a table; or a folder of shapes, whose table lies beside it")
    parser.option("--names", None, "label by words: a text file, one name a line, synonyms behind '|'")
    parser.flag("--examples", "label by the shapes that people labeled")
    parser.option("--from", None, "take labels from a CSV file with the columns id and class (and who)")
    parser.option("--export", None, "write all labels to this CSV file")
    parser.flag("--history", "tell every label that was given, by whom and when")
    parser.option("--suggest", None, "tell which shapes to label next, so many", int | None)
    parser.flag("--check", "tell which labels look wrong, the most doubtful first")
    parser.out("write what is told to this file (.csv; suggestions also .html)")
    parser.option("--threshold", 0.5, "shapes less sure than this get no label (0 to 1)")
    parser.option("--who", "person", "who gave the labels of --from that do not say")
    parser.flag(
        "--confirm",
        "all rows of --from were looked at: guesses that stand there unchanged are confirmed, as changed classes are",
    )
    parser.option("--strategy", "mixed", "of suggestions: mixed, uncertain, diverse, typical, outlier or balanced")
    parser.collection("whose text query, or vectors, are used")
    parser.option("--templates", "as taught", "what names are put into: released, plain, a file, or one like 'a {}'")
    parser.option(
        "--temperature", None, "of the confidences by words (unset: fitted to labels there are)", float | None
    )
    parser.option("--split", None, "label only the shapes of this split")
    parser.flag("--dry-run", "tell what would be labeled, change nothing")
    parser.flag("--overwrite", "labels of people may go, too; of what only tells: replace the file")
    given = parser.read(argv)
    ways = [way for way in _WAYS if given[way] is not None and given[way] is not False]  # --suggest 0 is one
    if len(ways) != 1:
        told = ", ".join(f"--{way}" for way in _WAYS)
        raise InputError(
            f"label needs one of {told}" + (f", not {' and '.join(f'--{w}' for w in ways)}" if ways else "")
        )
    way = ways[0]
    for option in {name for allowed in _WAYS.values() for name in allowed} - set(_WAYS[way]):
        if given[option] != parser.get_default(option):
            raise InputError(f"--{option.replace('_', '-')} says nothing about --{way}: leave it out")
    if way in ("names", "examples") and given["out"] and not given["dry_run"]:
        raise InputError("-o is for what --dry-run tells; '--export labels.csv' writes the labels of the table")
    does = {"names": _label, "examples": _label, "from": _take, "export": _export, "history": _history}
    opens: dict[str, Any] = {
        name: given[name] for name in ("table", "up") if name in given
    }  # how a folder is opened, where said
    (does | {"suggest": _suggest, "check": _check})[way](given, opens)


def _label(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.cli.name import show_names
    from pointrecon.labeling.label_table import label
    from pointrecon.labeling.named_shapes import check_file
    from pointrecon.progress import plural

    file = check_file(given["out"], overwrite=given["overwrite"])
    wanted = ("examples", "model", "vector", "templates", "threshold", "temperature", "split", "overwrite", "dry_run")
    found = label(given["data"], given["names"], **{name: given[name] for name in wanted}, **opens)
    if found.accuracy is not None:
        say(
            f"{plural(found.examples, 'example')} of {plural(len(found.named.names), 'class')}: "
            f"{100 * found.accuracy:.1f}% are recognized by a head that did not see them"
        )
    if given["dry_run"]:
        if file is not None:
            found.named.write(file)
        show_names(found.named, given["out"])
    else:
        for note in found.named.notes:
            say(f"note: {note}")
    does = "would be" if given["dry_run"] else "are"
    say(f"{plural(int(found.given.sum()), 'shape')} {does} labeled, by {found.who}")
    unsure = int((~found.named.known).sum())
    say(f"{unsure} less sure than {given['threshold']:g}; {found.kept} labeled by people or files stay as they are")


def _take(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.labeling.label_files import take_labels
    from pointrecon.progress import plural

    wanted = ("who", "confirm", "dry_run")
    found = take_labels(given["data"], given["from"], **{name: given[name] for name in wanted}, **opens)
    does = "would be" if given["dry_run"] else "are"
    say(
        f"{plural(found.given, 'shape')} {does} labeled from {given['from']}; {found.same} as they were, {found.empty} "
        "without a class"
    )
    if found.guesses:
        say(
            f"note: {found.guesses} of those as they were a model guessed, and they stay guesses: say --confirm if "
            "somebody looked at them, or empty 'who' where they are right"
        )


def _export(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.labeling.label_files import export_labels
    from pointrecon.progress import plural

    count = export_labels(given["data"], given["export"], overwrite=given["overwrite"], **opens)
    say(f"written to {given['export']}: {plural(count, 'shape')} with a class")


def _history(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.labeling.label_files import history
    from pointrecon.progress import plural

    rows = history(given["data"], given["out"], overwrite=given["overwrite"], **opens)
    for row in rows[-_SHOWN:]:
        sure = "" if row["confidence"] is None else f" ({row['confidence']:.2f})"
        say(f"{row['when']}  {row['id']}: {row['class'] or 'no class'}{sure}  by {row['who']}")
    more = f", the last {_SHOWN} above" if len(rows) > _SHOWN else ""
    say(f"{plural(len(rows), 'label')} given since the shapes came in{more}")


def _suggest(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.labeling.named_shapes import check_file
    from pointrecon.labeling.suggesting import suggest

    file = check_file(given["out"], overwrite=given["overwrite"], kinds=(".csv", ".html"))
    wanted = ("strategy", "model", "vector")
    found = suggest(given["data"], given["suggest"], **{name: given[name] for name in wanted}, **opens)
    for row in found.rows:
        told = f": {row['proposed']} {row['confidence']:.2f}, or {row['runner_up']}" if row["proposed"] else ""
        say(f"{row['id']}{told} ({row['why']})")
    if file is None:
        say("nothing was written: -o next.csv is a file to fill in, -o next.html a page with pictures")
        return
    if file.suffix.lower() == ".html":
        from pointrecon.reports.suggestion_page import write_suggestion_page

        write_suggestion_page(found, file)
    else:
        found.write(file)
    say(f"written to {file}: fill in the classes, then 'pointrecon label {given['data']} --from' the CSV")


def _check(given: dict[str, Any], opens: dict[str, Any]) -> None:
    from pointrecon.labeling.doubtful_labels import check_labels
    from pointrecon.progress import plural

    wanted = ("out", "model", "vector", "overwrite")
    found = check_labels(given["data"], **{name: given[name] for name in wanted}, **opens)
    for number, row in enumerate(found.rows()):
        if number == _SHOWN or row["likely_wrong"] == "no":
            break
        say(
            f"{row['id']}: {row['class']} {row['confidence']:.2f}, rather {row['proposed']} "
            f"{row['proposed_confidence']:.2f} (doubt {row['doubt']:.2f})"
        )
    say(
        f"{plural(len(found.id), 'label')}, {100 * found.accuracy:.1f}% as a head says that did not see them; "
        f"{int(found.likely_wrong.sum())} likely wrong"
    )
    for note in found.notes:
        say(f"note: {note}")
    say(f"written to {given['out']}" if given["out"] else "nothing was written: -o doubts.csv keeps the whole list")
