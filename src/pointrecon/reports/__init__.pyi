from .html import report as report
from .shape_map import map as map
from .showing import show as show
