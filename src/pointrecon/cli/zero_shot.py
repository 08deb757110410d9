"""``pointrecon zero-shot``: name shapes by words or pictures of the classes alone."""

from collections.abc import Sequence

from pointrecon.parser import CommandParser

EXAMPLES = """  pointrecon zero-shot runs/parts/model parts.lance
  pointrecon zero-shot runs/parts/model parts.lance -o runs/parts --templates plain
  pointrecon zero-shot runs/parts/model parts.lance --class-names "hex bolt" washer "lock nut"
  pointrecon zero-shot runs/parts/model parts.lance --class-names names.txt
  pointrecon zero-shot runs/parts/model parts.lance --query blend --class-pictures pictures/
  pointrecon zero-shot recon-zs.pth modelnet40.lance --text-teacher clip --query blend
  pointrecon zero-shot runs/recon-clip/model modelnet40.lance -o runs/recon-clip --recipe modelnet40-zero-shot"""


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
    parser.add_argument("model", type=str, help="model folder or released .pth")
    parser.add_argument("table", type=str, help="shape table with labels")
    parser.add_argument(
        "-o",
        "--out",
        type=str | None,
        default=None,
        help="where the record goes: a .json file, or a run folder (its results/zero-shot-QUERY.json)",
    )
    parser.add_argument("--query", type=str, default="text", help="text, image, or blend (0.25 text + image)")
    parser.add_argument(
        "--class-names",
        type=str,
        nargs="+",
        default=[],
        help="words for the classes in their order, or a text file: one a line, or 'class: words' (their own names)",
    )
    parser.add_argument(
        "--class-pictures", type=str | None, default=None, help="a folder with a folder of pictures for each class"
    )
    parser.add_argument(
        "--templates", type=str, default="released", help="prompts: released, plain, a text file, or one like 'a {}'"
    )
    parser.add_argument("--text-teacher", type=str | None, default=None, help="who reads the words (the model's own)")
    parser.add_argument(
        "--image-teacher", type=str | None, default=None, help="who sees the pictures (the model's own)"
    )
    parser.add_argument("--text-share", type=float, default=0.25, help="weight of the text query in a blend")
    parser.add_argument("--test-split", type=str, default="test", help="the split to name, or all of them together")
    parser.add_argument("--per-class", action="store_true", help="print the accuracy of every class")
    parser.add_argument("--points", type=int | None, default=None, help="points per cloud (the model's own)")
    parser.add_argument("--batch-size", type=int, default=64, help="clouds at once")
    parser.add_argument("--device", type=str | None, default=None, help="cpu, cuda, mps (CUDA when there is one)")
    parser.add_argument("--seed", type=int, default=0, help="draws points")

    from pointrecon.recipe import unfold

    args = vars(parser.parse_args(unfold(argv, "zero-shot")))
    for name in ("config", "recipe"):
        args.pop(name, None)
    names, every = args.pop("class_names"), args.pop("per_class")
    if len(names) == 1:  # a single word could name no table's classes
        names = names[0]

    from pointrecon.evaluation.naming import record_file, sentence, zero_shot

    record = zero_shot(args.pop("model"), args.pop("table"), names or None, **args)
    print(sentence(record))
    if every:
        width = max(map(len, record.per_class))
        for name, accuracy in sorted(record.per_class.items(), key=lambda item: -item[1]):
            print(f"  {name:<{width}}  {100 * accuracy:5.1f}%")
    for note in record.notes:
        print(f"note: {note}")
    if args["out"] is not None:
        print(f"record written to {record_file(args['out'], args['query'])}")
    return 0
