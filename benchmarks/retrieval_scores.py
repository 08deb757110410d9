"""How well vectors find copies, and shapes of the same class."""

import numpy as np


def copy_scores(similar: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Shares of queries whose original is the first, or among the first ten, by similarity (Q, G) to the gallery.

    ``truth`` (Q,) are the originals' places. Of equally similar ones the original counts last.
    """
    own = np.take_along_axis(similar, truth[:, None], 1)
    before = (similar >= own).sum(1) - 1
    return {"recall_at_1": float((before < 1).mean()), "recall_at_10": float((before < 10).mean())}


def class_scores(similar: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """Each of M shapes asks for its class by similarity (M, M): mean average precision, precision at 10, recall at 1.

    Shapes without another one of their class do not ask. Precision at 10 has ten below the line, so that classes of
    fewer cannot reach 1.
    """
    from sklearn.metrics import average_precision_score

    precision, at_ten, first = [], [], []
    for i in range(len(similar)):
        others = np.arange(len(similar)) != i
        right = label[others] == label[i]
        if label[i] < 0 or not right.any():
            continue
        order = np.argsort(-similar[i, others], kind="stable")[:10]
        precision.append(average_precision_score(right, similar[i, others]))
        at_ten.append(right[order].sum() / 10)
        first.append(right[order[0]])
    return {
        "mean_average_precision": float(np.mean(precision)),
        "precision_at_10": float(np.mean(at_ten)),
        "recall_at_1": float(np.mean(first)),
    }
