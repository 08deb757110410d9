from .episodes import FewShotResult as FewShotResult
from .episodes import few_shot as few_shot
