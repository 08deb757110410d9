from .comparing import compare as compare
from .findings import KINDS as KINDS
from .findings import Evidence as Evidence
from .findings import Region as Region
from .findings import in_units as in_units
from .likely_copies import could_be_copies as could_be_copies
from .normal_form import Geometry as Geometry
