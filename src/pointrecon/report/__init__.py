"""The offline HTML report of a run, and the figures it is made of."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointrecon.report.html import make_report

__all__ = ["make_report"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("pointrecon.report.html"), name)
    raise AttributeError(f"module 'pointrecon.report' has no attribute {name!r}")
