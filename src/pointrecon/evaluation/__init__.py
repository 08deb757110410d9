"""What a model learned: frozen features, probes, zero-shot naming, and the record every measurement writes.

`probe` and `zero_shot` are functions that share their file's name, so they are bound here and now (a lazy
lookup would give the file instead of the function once it is loaded). scikit-learn and the models load on
first use.
"""

from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.probe import ProbeResult, probe, quick_probe
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.zero_shot import zero_shot

__all__ = [
    "ProbeResult",
    "Record",
    "extract_features",
    "load_records",
    "probe",
    "quick_probe",
    "save_records",
    "zero_shot",
]
