"""Learn from unlabelled 3D shapes with ReCon; then classify, search, segment and name them.

Nothing heavy is imported here: names are looked up on first use, so that ``import pointrecon`` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pointrecon.evaluation.few_shot import few_shot
    from pointrecon.evaluation.probe import probe
    from pointrecon.evaluation.zero_shot import zero_shot
    from pointrecon.jobs.ablate import ablate
    from pointrecon.jobs.attention import attention
    from pointrecon.jobs.demo import demo
    from pointrecon.jobs.embed import embed
    from pointrecon.jobs.finetune import finetune
    from pointrecon.jobs.label_parts import label_parts
    from pointrecon.jobs.pretrain import pretrain
    from pointrecon.jobs.robustness import robustness
    from pointrecon.jobs.segment import segment
    from pointrecon.models import convert, create_model, load_model, save_model
    from pointrecon.report import make_report
    from pointrecon.report.results import results
    from pointrecon.shapes import import_shapes, make_shapes, open_table
    from pointrecon.teachers import teach

_HOME = {
    "attention": "pointrecon.jobs.attention",
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
    "segment": "pointrecon.jobs.segment",
    "label_parts": "pointrecon.jobs.label_parts",
    "few_shot": "pointrecon.evaluation.few_shot",
    "probe": "pointrecon.evaluation.probe",
    "robustness": "pointrecon.jobs.robustness",
    "zero_shot": "pointrecon.evaluation.zero_shot",
    "make_report": "pointrecon.report",
    "results": "pointrecon.report.results",
    "ablate": "pointrecon.jobs.ablate",
    "demo": "pointrecon.jobs.demo",
    "embed": "pointrecon.jobs.embed",
}

__all__ = [
    "__version__",
    "ablate",
    "attention",
    "convert",
    "create_model",
    "demo",
    "embed",
    "few_shot",
    "finetune",
    "import_shapes",
    "label_parts",
    "load_model",
    "make_report",
    "make_shapes",
    "open_table",
    "pretrain",
    "probe",
    "results",
    "robustness",
    "save_model",
    "segment",
    "teach",
    "zero_shot",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pointrecon' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
