"""What a model learned: frozen features, probes, zero-shot naming, and the record every measurement writes.

`few_shot`, `probe` and `zero_shot` are functions that share their file's name, so they are bound here and now (a lazy
lookup would give the file instead of the function once it is loaded). scikit-learn and the models load on
first use.
"""

from pointrecon.evaluation.features import extract_features
from pointrecon.evaluation.few_shot import FewShotResult, few_shot
from pointrecon.evaluation.probe import ProbeResult, probe, quick_probe
from pointrecon.evaluation.record import Record, load_records, save_records
from pointrecon.evaluation.zero_shot import zero_shot

__all__ = [
    "FewShotResult",
    "ProbeResult",
    "Record",
    "extract_features",
    "few_shot",
    "load_records",
    "probe",
    "quick_probe",
    "save_records",
    "zero_shot",
]
