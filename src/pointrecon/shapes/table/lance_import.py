"""lancedb imported without the client of REST servers that it brings, which takes more time than all else of it."""

import os
import sys
from importlib.util import find_spec
from types import ModuleType

from pointrecon.errors import require

_CLIENT = "lance_namespace_urllib3_client"  # lancedb needs its sub-package `models` alone


class _Deferred(ModuleType):
    """A package whose own code runs when a name of it is first asked for; its sub-packages can be imported before."""

    def __getattr__(self, name: str) -> object:
        spec = self.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        self.__class__ = ModuleType  # type: ignore[assignment]  # an ordinary one from now on
        spec.loader.exec_module(self)
        return getattr(self, name)


def lancedb() -> ModuleType:
    """The package; InputError where it is not installed."""
    if "lancedb" not in sys.modules and _CLIENT not in sys.modules and (spec := find_spec(_CLIENT)) is not None:
        package = _Deferred(_CLIENT)
        package.__spec__, package.__loader__, package.__package__ = spec, spec.loader, _CLIENT
        package.__file__, package.__path__ = spec.origin, list(spec.submodule_search_locations or [])
        sys.modules[_CLIENT] = package
    os.environ.setdefault("LANCEDB_LOG", "error")  # it warns of each data set that it makes
    return require("lancedb", "table")
