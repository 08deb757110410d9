from .html import report as report
