"""``pointrecon zero-shot``: name shapes by words or pictures of the classes alone."""

from collections.abc import Sequence

from pointrecon.encode_settings import add_encode_arguments, encode_settings_of
from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon zero-shot runs/parts parts.lance
  pointrecon zero-shot runs/parts parts.lance --names "hex bolt" washer "lock nut"
  pointrecon zero-shot runs/parts parts.lance --names names.txt --templates "a scan of a {}"
  pointrecon zero-shot runs/parts parts.lance --query blend --class-pictures pictures/
  pointrecon zero-shot recon-zs.pth modelnet40.lance --text-teacher clip --query blend -o clip.json
  pointrecon zero-shot runs/recon-clip modelnet40.lance --recipe modelnet40-zero-shot"""
_OWN = ("query", "templates", "text_teacher", "class_pictures", "image_teacher", "text_share", "split")


def main(argv: Sequence[str]) -> int:
    """Run the command."""
    parser = CommandParser(
        "zero-shot",
        "Name the test shapes of a table by the words of its classes, or by pictures of them: the class whose feature "
        "is nearest to the shape's wins. Labels only score.",
        EXAMPLES,
    )
    parser.add_argument("--config", action="config", help="YAML file of settings; later options win")
    parser.add_argument("--recipe", help="settings by name ('pointrecon recipes zero-shot') or a YAML file")
    parser.add_argument("model", type=str, help="run or model folder, or released .pth")
    parser.add_argument("data", type=str, help="shapes with labels: a table, or a folder of them")
    parser.add_argument(
        "-o",
        "--out",
        type=str | None,
        default=None,
        help="where the record goes: a .json file, or a folder for results/zero-shot-QUERY.json (the model's own run)",
    )
    parser.add_argument("--query", type=str, default="text", help="text, image, or blend (0.25 text + image)")
    parser.add_argument(
        "--names",
        type=str,
        nargs="+",
        default=[],
        help="words for the classes in their order, or a text file: one a line, or 'class: words' (their own names)",
    )
    parser.add_argument(
        "--class-pictures", type=str | None, default=None, help="a folder with a folder of pictures for each class"
    )
    parser.add_argument(
        "--templates",
        type=str,
        default="as taught",
        help="what words are put into: released (60), plain, a text file, or one like 'a {}' (as the model was taught)",
    )
    parser.add_argument("--text-teacher", type=str | None, default=None, help="who reads the words (the model's own)")
    parser.add_argument(
        "--image-teacher", type=str | None, default=None, help="who sees the pictures (the model's own)"
    )
    parser.add_argument("--text-share", type=float, default=0.25, help="weight of the text query in a blend")
    parser.add_argument("--split", type=str, default="test", help="the split to name, or all of them together")
    parser.add_argument("--per-class", action="store_true", help="print the accuracy of every class")
    add_encode_arguments(parser)

    from pointrecon.recipe import unfold

    args = parser.parse_args(unfold(argv, "zero-shot"))

    from pointrecon.evaluation.naming import sentence, zero_shot

    names = args.names[0] if len(args.names) == 1 else args.names  # a single word could name no table's classes
    own = {name: getattr(args, name) for name in _OWN}
    found = zero_shot(args.model, args.data, args.out, names=names or None, encode=encode_settings_of(args), **own)
    (record,) = found
    print(sentence(record))
    if args.per_class:
        width = max(map(len, record.per_class))
        for name, accuracy in sorted(record.per_class.items(), key=lambda item: -item[1]):
            print(f"  {name:<{width}}  {100 * accuracy:5.1f}%")
    for note in record.notes:
        print(f"note: {note}")
    print(f"record written to {found.file}" if found.file else "nothing was written: -o FILE.json keeps the record")
    return 0
