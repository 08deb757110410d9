"""``pointrecon zero-shot``: name shapes by words or pictures of the classes alone."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon zero-shot runs/parts parts.lance
  pointrecon zero-shot runs/parts parts.lance --names "hex bolt" washer "lock nut"
  pointrecon zero-shot runs/parts parts.lance --names names.txt --templates "a scan of a {}"
  pointrecon zero-shot runs/parts parts.lance --query blend --class-pictures pictures/
  pointrecon zero-shot recon-zs.pth modelnet40.lance --text-teacher clip --query blend -o clip.json
  pointrecon zero-shot runs/recon-clip modelnet40.lance --recipe modelnet40-zero-shot"""


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "zero-shot",
        "Name the test shapes of a table by the words of its classes, or by pictures of them: the class whose feature "
        "is nearest to the shape's wins. Labels only score.",
        EXAMPLES,
    )
    parser.recipes()
    parser.model_and_data("shapes with labels: a table, or a folder of them")
    parser.out(
        "where the record goes: a .json file, or a folder for results/zero-shot-QUERY.json (the model's own run)"
    )
    parser.option("--query", "text", "text, image, or blend (0.25 text + image)")
    words = "words for the classes in their order, or a text file: one a line, or 'class: words' (their own names)"
    parser.option("--names", [], words, str, nargs="+")
    parser.option("--class-pictures", None, "a folder with a folder of pictures for each class")
    templates = "released (60), plain, a text file, or one like 'a {}' (as the model was taught)"
    parser.option("--templates", "as taught", f"what words are put into: {templates}")
    parser.option("--text-teacher", None, "who reads the words (the model's own)")
    parser.option("--image-teacher", None, "who sees the pictures (the model's own)")
    parser.option("--text-share", None, "weight of the text query in a blend [0.25; ReCon++: 0.5]", float | None)
    parser.option("--split", "test", "the split to name, or all of them together")
    parser.flag("--per-class", "print the accuracy of every class")
    parser.encode(poses="given")
    values = parser.read(argv)
    names, per_class = values.pop("names"), values.pop("per_class")

    from pointrecon.evaluation.naming import sentence, zero_shot

    one_word = len(names) == 1  # names a file: a single word could name no table's classes
    found = zero_shot(**values, names=names[0] if one_word else names or None)
    (record,) = found
    say(sentence(record))
    if per_class:
        width = max(map(len, record.per_class))
        for name, accuracy in sorted(record.per_class.items(), key=lambda item: -item[1]):
            say(f"  {name:<{width}}  {100 * accuracy:5.1f}%")
    for note in record.notes:
        say(f"note: {note}")
    say(f"record written to {found.file}" if found.file else "nothing was written: -o FILE.json keeps the record")
