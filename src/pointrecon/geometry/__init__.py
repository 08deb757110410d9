"""Batched point cloud geometry: tensors in, tensors out, on any device, without a Python loop over the batch."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
