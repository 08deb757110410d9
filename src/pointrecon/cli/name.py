"""``pointrecon name``: a name for every shape, from a list of words."""

from pointrecon.parser import CommandParser
from pointrecon.screen import json_text, say

EXAMPLES = """\
  # names.txt: one a line, '# a comment', synonyms behind it: hex bolt | bolt | screw
  pointrecon name parts/ --names names.txt -o names.csv
  pointrecon name parts.lance --names names.txt --threshold 0.5      # what it is less sure of is "unknown"
  pointrecon name scan.ply --names names.txt --json
  pointrecon name parts.lance --names names.txt --model runs/parts --templates "a scan of a {}"
"""
_SHOWN = 20  # lines on the screen


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "name",
        "Name every shape of a table, folder or file by the words that fit it best; no labels are needed. "
        "'pointrecon label' writes them into a table.",
        EXAMPLES,
    )
    parser.add_argument("data", type=str, help="shapes: a table, a folder or a file")
    parser.option("--names", None, "text file: one name a line, synonyms behind '|'", str, required=True)
    parser.out("a .csv or .json file: id, name, confidence, runner-up and its confidence")
    parser.folder()
    parser.option("--model", "made-nano", "one with a text query: made-nano, run or model folder, or released .pth")
    templates = "released (60), plain, a text file, or one like 'a {}' (as the model was taught)"
    parser.option("--templates", "as taught", f"what names are put into: {templates}")
    parser.option("--threshold", 0.0, "shapes less sure than this are 'unknown' (0 to 1)")
    parser.option("--temperature", None, "of the confidences (unset: fitted to labels there are)", float | None)
    parser.option("--split", None, "only the shapes of this split")
    parser.flag("--json", "print all lines as JSON")
    parser.flag("--overwrite", "replace the file")
    parser.encode(poses="auto")
    values = parser.read(argv)
    as_json = values.pop("json")

    from pointrecon.labeling.shape_names import name

    found = name(**values, progress=not as_json)
    if as_json:
        say(json_text(list(found.rows())))
        return
    show_names(found, values["out"])


def show_names(found, out) -> None:  # type: ignore[no-untyped-def]  # NamedShapes: what is heavy stays away
    """The first lines, how many are unknown, and notes."""
    from pointrecon.progress import plural

    for number, row in enumerate(found.rows()):
        if number == _SHOWN:
            say(f"... {plural(len(found) - _SHOWN, 'more shape')}")
            break
        sure = "" if row["confidence"] is None else f" {row['confidence']:.2f}"
        second = f" (or {row['runner_up']} {row['runner_up_confidence']:.2f})" if row["runner_up"] else ""
        say(f"{row['id']}: {row['name']}{sure}{second}")
    unknown = int((~found.known).sum())
    say(f"{plural(len(found), 'shape')} named by {plural(len(found.names), 'name')}, {unknown} of them unknown")
    for note in found.notes:
        say(f"note: {note}")
    say(f"written to {out}" if out else "nothing was written: -o FILE.csv keeps the names")
