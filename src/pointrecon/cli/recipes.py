"""``pointrecon recipes``: the settings that come with the package, the published tables they are for, what to type."""

from pointrecon.parser import CommandParser
from pointrecon.screen import say

EXAMPLES = """  pointrecon recipes
  pointrecon recipes finetune
  pointrecon recipes modelnet40-1k
  pointrecon recipes mine.yaml
  pointrecon recipes modelnet40-1k > mine.yaml         # change it, then: pointrecon finetune ... --recipe mine.yaml"""

ORDER = ("pretrain", "finetune", "probe", "few-shot", "zero-shot", "segment", "ablate")


def main(argv: list[str]) -> None:
    """Run the command."""
    parser = CommandParser(
        "recipes",
        "List the recipes: settings by name, with the published table each is for, the command to type and the "
        "published figure. With the name of a recipe, or a file of your own, print all that it sets; where it begins "
        "with another ('base: made-nano'), with whose each setting is.",
        EXAMPLES,
    )
    parser.add_argument(
        "name", nargs="?", type=str, default="", help="a recipe, a file, or a command whose recipes to list"
    )
    name = parser.read(argv)["name"]

    from pathlib import Path

    from pointrecon.recipe import layers, recipe, recipes, whole_text

    every = recipes()
    commands = sorted({one.command for one in every}, key=lambda c: (ORDER.index(c) if c in ORDER else len(ORDER), c))
    if name and name not in commands:
        own = not any(one.name == name for one in every) and Path(name).is_file()
        path, command = (Path(name), None) if own else (recipe(name).path, recipe(name).command)
        say(whole_text(layers(path, command)), end="")
        return
    for command in [name] if name else commands:
        say(f"pointrecon {command}\n")
        for one in recipes(command):
            say(f"{one.name}\n  {one.summary}")
            for label, words in (("paper", one.paper), ("published", one.published), ("run", one.run)):
                if words:
                    say(f"  {label:<10}{words}")
            say()
