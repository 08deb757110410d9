from .features import extract_features as extract_features
from .measured import Results as Results
from .naming import zero_shot as zero_shot
from .probing import probe as probe
from .record import Record as Record
from .record import load_records as load_records
from .record import save_records as save_records
