"""Kernels run on CUDA, or in a process where Triton interprets them: elsewhere their file is not collected."""

import os

import torch

if not (torch.cuda.is_available() or os.environ.get("TRITON_INTERPRET") == "1"):
    collect_ignore = ["test_against_twins.py"]
