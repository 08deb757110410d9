"""Learn from unlabeled 3D shapes with ReCon; then classify, search, segment and name them.

Nothing heavy is imported here: names are looked up on first use, so that ``import pointrecon`` stays fast. What there
is, and where, stands in ``__init__.pyi``.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
