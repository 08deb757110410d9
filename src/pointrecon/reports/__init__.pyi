from .html import report as report
from .showing import show as show
