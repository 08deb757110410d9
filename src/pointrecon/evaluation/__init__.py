"""What a model learned: frozen features, probes, zero-shot naming, and the record every measurement writes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
