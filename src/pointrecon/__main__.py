"""``python -m pointrecon``: the command line, also under ``torchrun -m``."""

import sys

from pointrecon.cli.main import main

sys.exit(main())
