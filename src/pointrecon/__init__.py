"""Learn from unlabelled 3D shapes with ReCon; then classify, search, segment and name them.

Nothing heavy is imported here: names are looked up on first use, so that ``import pointrecon`` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pointrecon.evaluation.few_shot import few_shot
    from pointrecon.evaluation.probe import probe
    from pointrecon.jobs.demo import demo
    from pointrecon.jobs.embed import embed
    from pointrecon.jobs.finetune import finetune
    from pointrecon.jobs.pretrain import pretrain
    from pointrecon.models import convert, create_model, load_model, save_model
    from pointrecon.report import make_report
    from pointrecon.shapes import import_shapes, make_shapes, open_table
    from pointrecon.teachers import teach

_HOME = {
    "convert": "pointrecon.models",
    "create_model": "pointrecon.models",
    "load_model": "pointrecon.models",
    "save_model": "pointrecon.models",
    "open_table": "pointrecon.shapes",
    "import_shapes": "pointrecon.shapes",
    "make_shapes": "pointrecon.shapes",
    "teach": "pointrecon.teachers",
    "pretrain": "pointrecon.jobs.pretrain",
    "finetune": "pointrecon.jobs.finetune",
    "few_shot": "pointrecon.evaluation.few_shot",
    "probe": "pointrecon.evaluation.probe",
    "make_report": "pointrecon.report",
    "demo": "pointrecon.jobs.demo",
    "embed": "pointrecon.jobs.embed",
}

__all__ = [
    "__version__",
    "convert",
    "create_model",
    "demo",
    "embed",
    "few_shot",
    "finetune",
    "import_shapes",
    "load_model",
    "make_report",
    "make_shapes",
    "open_table",
    "pretrain",
    "probe",
    "save_model",
    "teach",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pointrecon' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
