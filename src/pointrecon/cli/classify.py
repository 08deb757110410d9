"""``pointrecon classify``: what a fine-tuned classifier calls every shape."""

from pointrecon.parser import CommandParser
from pointrecon.screen import json_text, say

EXAMPLES = """  pointrecon classify runs/classes parts/ -o names.csv
  pointrecon classify runs/classes new.lance --threshold 0.8 -o names.csv
  pointrecon classify modelnet40.pth scan.ply --json
  pointrecon classify runs/classes parts.lance --votes 10 --split test"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "classify",
        "Say which of its classes a fine-tuned classifier takes every shape for, labeled or not. 'pointrecon label "
        "--examples' learns classes in a second, without fine-tuning.",
        EXAMPLES,
    )
    parser.model_and_data("shapes: a table, a folder or a file", "run of 'pointrecon finetune', or released .pth")
    parser.out("a .csv or .json file: id, name, confidence, runner-up and its confidence")
    parser.option("--votes", 1, "copies of each shape, with other points where it has more; their mean counts")
    parser.option("--threshold", 0.0, "shapes less sure than this are 'unknown' (0 to 1)")
    parser.option("--temperature", None, "of the confidences (unset: fitted to labels there are, else 1)", float | None)
    parser.option("--split", None, "only the shapes of this split")
    parser.flag("--json", "print all lines as JSON")
    parser.flag("--overwrite", "replace the file")
    parser.encode()
    values = parser.read(argv)
    as_json = values.pop("json")

    from pointrecon.cli.name import show_names
    from pointrecon.labeling.classified_shapes import classify

    found = classify(**values, progress=not as_json)
    if as_json:
        say(json_text(list(found.rows())))
        return
    show_names(found, values["out"])
