from .episodes import few_shot as few_shot
