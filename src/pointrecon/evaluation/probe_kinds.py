"""The classifiers fitted on frozen features: linear SVM, logistic regression, k nearest neighbors."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointrecon.training.validation import TEMPERATURE

Setting = Mapping[str, Any]


@dataclass
class Probe:
    """One kind."""

    make: Callable[..., Any]  # a setting → a scikit-learn estimator
    settings: tuple[Setting, ...]  # to choose from on validation shapes; of equals the first is taken
    fixed: Setting  # the setting where there are no shapes to choose on

    def fit(self, x: np.ndarray, y: np.ndarray, setting: Setting) -> Callable[[np.ndarray], np.ndarray]:
        """What names features, (m, D) → (m,) labels, fitted on (M, D) features with (M,) labels."""
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            # With hardly any regularization separable features never converge; their predictions no longer change.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return self.make(**setting).fit(x, y).predict

    def predict_each(
        self, train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, settings: Sequence[Setting]
    ) -> list[np.ndarray]:
        """For each setting the (m,) labels of (m, D) features."""
        return [self.fit(train_x, train_y, setting)(x) for setting in settings]


def _svm(c: float, standardize: bool) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    machine = SVC(kernel="linear", C=c)
    return make_pipeline(StandardScaler(), machine) if standardize else machine


def _logistic(c: float) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Always standardized: the grid of ``c`` only means the same for every model on the same scale.
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=200))


class Neighbors(Probe):
    """Votes of the k nearest training features by cosine; one search serves every k.

    A vote weighs exp(cosine / temperature), as in Wu et al. 2018 (instance discrimination), common for self-supervised
    features.
    """

    def fit(self, x: np.ndarray, y: np.ndarray, setting: Setting) -> Callable[[np.ndarray], np.ndarray]:
        """As `Probe.fit`."""
        return lambda asked: self.predict_each(x, y, asked, [setting])[0]

    def predict_each(
        self, train_x: np.ndarray, train_y: np.ndarray, x: np.ndarray, settings: Sequence[Setting]
    ) -> list[np.ndarray]:
        """As `Probe.predict_each`."""
        classes, position = np.unique(train_y, return_inverse=True)
        index, cosine = nearest(train_x, x, max(setting["k"] for setting in settings))
        # Only differences count; taking the best away keeps the exponential in range.
        weight = np.exp((cosine - cosine[:, :1]) / TEMPERATURE)
        answers = []
        for setting in settings:
            near = slice(setting["k"])
            votes = np.zeros((len(x), len(classes)))
            np.add.at(votes, (np.arange(len(x))[:, None], position[index[:, near]]), weight[:, near])
            answers.append(classes[votes.argmax(1)])
        return answers


def nearest(gallery: np.ndarray, x: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar gallery rows of each query, best first: indices (m, k) and cosines (m, k).

    Cosines are taken around the gallery's mean: normalized encoders give all shapes a large part in common,
    beside which every cosine would be 1.
    """
    from sklearn.neighbors import NearestNeighbors

    middle = gallery.mean(0)
    search = NearestNeighbors(n_neighbors=min(k, len(gallery)), metric="cosine").fit(gallery - middle)
    distance, index = search.kneighbors(x - middle)
    return index, 1 - distance


# C of the SVM stays as released, for every model. But its meaning depends on the scale of the features: where they
# hardly vary, it rules all information out. So whether to standardize is chosen on validation; the released way
# (METHOD.md section 2) comes first.
PROBES = {
    "svm": Probe(
        _svm, tuple({"c": 0.075, "standardize": each} for each in (False, True)), {"c": 0.075, "standardize": True}
    ),
    "logistic": Probe(_logistic, tuple({"c": c} for c in (0.01, 0.1, 1.0, 10.0)), {"c": 1.0}),
    "knn": Neighbors(dict, tuple({"k": k} for k in (1, 5, 10, 20)), {"k": 1}),
}
