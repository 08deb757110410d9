"""How well vectors find copies, and shapes of the same class."""

import numpy as np


def copy_scores(gallery: np.ndarray, queries: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Shares of queries (Q, D) whose original is the nearest, or among the ten nearest, of the gallery (G, D).

    ``truth`` (Q,) are the originals' places. Vectors have length 1; of equally near ones the original counts last.
    """
    similar = queries @ gallery.T
    own = np.take_along_axis(similar, truth[:, None], 1)
    before = (similar >= own).sum(1) - 1
    return {"recall_at_1": float((before < 1).mean()), "recall_at_10": float((before < 10).mean())}


def class_scores(vectors: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """Each of M vectors (M, D) asks for the others of its class: mean average precision, precision at 10, recall at 1.

    Shapes without another one of their class do not ask. Precision at 10 has ten below the line, so that classes of
    fewer cannot reach 1.
    """
    from sklearn.metrics import average_precision_score

    similar = vectors @ vectors.T
    precision, at_ten, first = [], [], []
    for i in range(len(vectors)):
        others = np.arange(len(vectors)) != i
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
