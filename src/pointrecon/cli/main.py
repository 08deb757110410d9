"""Find the command, build its parser, run it; turn bad input into one sentence and exit status 2."""

import os
import shlex
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from pointrecon import __version__
from pointrecon.errors import InputError, Stopped, did_you_mean
from pointrecon.interrupt import heard
from pointrecon.readable import printable
from pointrecon.screen import drop_held, say, say_held, shown

Commands = dict[str, tuple[str, str]]  # name -> (module whose `main` takes the words behind it, summary)
COMMANDS: Commands = {
    "demo": ("demo", "make shapes, teach, pre-train, probe, name shapes by words, write a report"),
    "shapes": ("shapes", "import, make, teach, render and describe shape tables"),
    "pretrain": ("pretrain", "pre-train a ReCon or ReCon++ model on a shape table, or resume a run"),
    "finetune": ("finetune", "turn a pre-trained model into a classifier, or resume a run"),
    "segment": ("segment", "teach a model the parts of shapes, or resume a run"),
    "label-parts": ("label_parts", "give the points of other shapes their parts"),
    "few-shot": ("few_shot", "a few classes from a few shapes each, over folds"),
    "probe": ("probe", "linear SVM, logistic regression and kNN on frozen features"),
    "zero-shot": ("zero_shot", "name shapes by words or pictures of the classes alone"),
    "classify": ("classify", "what a fine-tuned classifier calls every shape"),
    "name": ("name", "a name for every shape, from a list of words: no labels needed"),
    "label": ("label", "classes into a table: from words, from examples, from people; what to label next"),
    "robustness": ("robustness", "accuracy on damaged clouds: noise, holes, clutter, rotation, density"),
    "ablate": ("ablate", "an experiment over seeds: one setting changed at a time, table and figure"),
    "search": ("search", "the shapes that are like another, like words or like a picture"),
    "duplicates": ("duplicates", "files that are copies or variants of one another, and which to keep"),
    "embed": ("embed", "one vector for every shape of a table, into the table or a file"),
    "map": ("map", "a collection at a glance: one offline page with every shape beside similar ones"),
    "clusters": ("clusters", "the groups a collection falls into, with a typical member and a name of each"),
    "serve": ("serve", "a collection as a page to search with and an HTTP API, on this machine"),
    "mcp": ("mcp", "a collection as tools for language models (Model Context Protocol)"),
    "attention": ("attention", "how far a model's attention reaches, and what it rests on"),
    "show": ("show", "shapes as a model sees them: patches, rebuilt ones, features, attention"),
    "report": ("report", "write the offline HTML report of a run"),
    "results": ("results", "records of many runs as tables: mean and deviation, beside published figures"),
    "models": ("models", "the models that come along: usable by name wherever a model is wanted"),
    "recipes": ("recipes", "settings of the paper's tables by name, and the command to type"),
    "export": ("export", "write a model as one ONNX file, for programs without torch"),
    "convert": ("convert", "turn a released ReCon checkpoint (.pth) into a model folder"),
}

EXAMPLES = """  pointrecon demo                                      # see the whole job on built-in shapes
  pointrecon search parts/ --like bracket.step         # what is like it in a folder, and what is a copy
  pointrecon shapes import parts/ -o parts.lance       # read a folder of meshes or scans
  pointrecon embed parts.lance                         # a vector of every shape, by the model that comes along
  pointrecon shapes teach parts.lance --text minilm --image multiview
  pointrecon pretrain parts.lance -o runs/parts        # learn from it
  pointrecon probe runs/parts parts.lance              # see what it learned
  pointrecon finetune runs/parts/model parts.lance -o runs/classes
  pointrecon embed runs/parts parts.lance              # keep a vector of every shape"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 done, 2 bad input (one sentence on standard error), 130 stopped by Ctrl-C, 143 by SIGTERM."""
    # Threads spin while they wait for one another. For a little while that is fastest; for long, it makes torch many
    # times slower as soon as another program wants a core too. Read by GNU OpenMP, when torch is first imported.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    warnings.formatwarning = _one_sentence
    # scikit-learn's guess that labels are numbers to be regressed: many classes of few shapes are what they are
    warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["--version"]:
        say(f"pointrecon {__version__}")
        return 0
    about = "Learn from unlabeled 3D shapes; then classify, search, segment and name them."
    return dispatch(words, ["pointrecon"], COMMANDS, about, EXAMPLES)


def dispatch(words: list[str], called: list[str], commands: Commands, about: str, examples: str) -> int:
    """Run the command that the first word behind what was ``called`` names, or tell which there are; as `main`."""
    program = " ".join(called)
    if not words or words[0] in ("-h", "--help", "help"):
        width = max(map(len, commands))
        say(f"usage: {program}{'' if called[1:] else ' [--version]'} COMMAND ...\n\n{about}\n\ncommands:")
        say("\n".join(f"  {name:<{width}}  {summary}" for name, (_, summary) in commands.items()))
        say(f"\nexamples:\n{examples}\n\n'{program} COMMAND --help' tells each command's options, with examples.")
        return 0
    name, *rest = words
    if name not in commands:
        hint = did_you_mean(name, commands, f"'{program} --help' lists the commands")
        say(f"pointrecon: there is no command '{' '.join([*called[1:], name])}'; {hint}", file=sys.stderr)
        return 2
    return guarded(f"pointrecon.cli.{commands[name][0]}", rest, [*called, name])


def guarded(module: str, words: list[str], called: list[str]) -> int:
    """Import a command's file and run its ``main``; what ends that early is one sentence. The status is as of `main`.

    A file's ``RESUMES`` says whether its command goes on with what an interrupted call left; the sentence then repeats
    what was ``called``, with its words.
    """
    try:
        with heard():
            status = import_module(module).main(words) or 0
            say_held()
            return status
    except InputError as error:
        drop_held()
        say(f"pointrecon: {printable(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno is None:
            raise
        where = f" ({printable(str(error.filename))})" if error.filename else ""
        drop_held()
        say(f"pointrecon: {error.strerror or error}{where}; {_remedy(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        status = stop.status if isinstance(stop, Stopped) else 130
        again = [*called, *(word for word in words if word not in ("--resume", "--overwrite")), "--resume"]
        told = f"; go on with: {shlex.join(again)}" if getattr(sys.modules.get(module), "RESUMES", False) else ""
        say(f"pointrecon: stopped{told}", file=sys.stderr)
        return status


_python_format = warnings.formatwarning


def _one_sentence(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """Our own warnings without file and line: they are for whoever runs the command, as errors are."""
    if Path(__file__).parents[1] in Path(filename).parents:
        return f"pointrecon: {printable(str(message))}\n"
    return shown(_python_format(message, category, filename, lineno, line))


def _remedy(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "a file belongs here, and this is a folder: check the path"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return "a folder belongs here, and a file is in its place: check the path or choose another name"
    if isinstance(error, FileNotFoundError):
        return "check the path"
    return "nothing was lost, free the space or mend the permission and run the command again"


if __name__ == "__main__":
    sys.exit(main())
