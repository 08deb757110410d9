"""Room shapes: the shape table, file formats, importers, shapes made here, pictures of shapes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
