"""Logistic regression on frozen features; its regularization is chosen on the validation split."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

SETTINGS: tuple[dict[str, Any], ...] = ({"c": 0.01}, {"c": 0.1}, {"c": 1.0}, {"c": 10.0})


def fit(train_x: np.ndarray, train_y: np.ndarray, *, c: float = 1.0) -> Callable[[np.ndarray], np.ndarray]:
    """Fit on (M, D) features with (M,) labels; what comes back names (m, D) features by (m,) labels.

    Features are always standardized: the grid of ``c`` only means the same for every model on the same scale.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=200))
    with warnings.catch_warnings():
        # With hardly any regularization separable features never converge; their predictions no longer change.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(train_x, train_y).predict


def predict(train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, **setting: Any) -> np.ndarray:
    """`fit`, and name (m, D) features."""
    return fit(train_x, train_y, **setting)(x)


def predict_each(
    train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, settings: Sequence[Mapping[str, Any]]
) -> list[np.ndarray]:
    """`predict` for each setting."""
    return [predict(train_x, train_y, x, **setting) for setting in settings]
