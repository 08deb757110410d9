"""A scikit-learn transformer from shapes to vectors, to stand in pipelines."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.geometry.preparing import as_clouds, check_extent, prepare
from pointrecon.geometry.upright import check_up
from pointrecon.parser import READY_MODEL
from pointrecon.shapes.door import as_shapes

if TYPE_CHECKING:
    import torch

CloudUp: TypeAlias = tuple[Any, str]  # points (n, 3), and the axis that points up


class ShapeEncoder(TransformerMixin, BaseEstimator):
    """Shapes to vectors of a frozen model: files, arrays or a table in, (M, D) float32 out, a row for each.

    ``fit`` learns the mean that ``center`` takes away; the model learns nothing. A classifier of one's own parts:

        make_pipeline(ShapeEncoder(), StandardScaler(), LogisticRegression()).fit(files, names)
    """

    def __init__(
        self,
        model: Any = READY_MODEL,
        *,
        feature: str | None = None,
        center: bool = False,
        points: int | None = None,
        batch_size: int = 64,
        device: str = "auto",
        seed: int = 0,
        up: str = "unknown",
        progress: bool = False,
    ) -> None:
        """Keep the settings; they are looked at when it is fitted.

        Args:
            model: a model or run folder, "made-nano", a module, or an image teacher's name.
            feature: as for `pointrecon.embed`'s model features; the model's usual one when left out.
            center: take the mean of the shapes it was fitted on away, and bring each vector to length 1: distances and
                cosines then compare what differs.
            points, batch_size, device, seed: how clouds are encoded, see `EncodeSettings`.
            up: the axis that points up in shapes that do not say.
            progress: show a bar.
        """
        self.model = model
        self.feature = feature
        self.center = center
        self.points = points
        self.batch_size = batch_size
        self.device = device
        self.seed = seed
        self.up = up
        self.progress = progress

    def fit(self, X: Any, y: Any = None) -> "ShapeEncoder":
        """Encode the shapes, to know their mean and the vectors' width; ``y`` is not looked at."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Any, y: Any = None, **_: Any) -> np.ndarray:
        """The vectors (M, D) of the shapes it is fitted on, which are encoded once."""
        found = self._encoded(X)
        self.mean_ = found.mean(0, dtype=np.float64).astype(np.float32)
        self.n_features_out_ = found.shape[1]
        return self._centered(found)

    def transform(self, X: Any) -> np.ndarray:
        """The vectors (M, D) float32 of shapes, in their order.

        Args:
            X: paths of files (a list or array of them), (M, N, 3) or a list of (N, 3) arrays of any sizes, a table, or
                whatever else `as_shapes` takes.

        Raises:
            InputError: a file that cannot be read, which would leave a row out, or what `extract_features` raises.
        """
        check_is_fitted(self, "mean_")
        return self._centered(self._encoded(X))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns: "shape0", "shape1", ..."""
        check_is_fitted(self, "n_features_out_")
        return np.array([f"shape{i}" for i in range(self.n_features_out_)], dtype=object)

    def _encoded(self, given: Any) -> np.ndarray:
        from pointrecon.evaluation.features import extract_features
        from pointrecon.evaluation.inputs import resolve_model
        from pointrecon.models.plus.plus_clouds import is_colored

        settings = encode_settings(
            points=self.points, batch_size=self.batch_size, device=self.device, seed=self.seed, precision="32"
        )
        check_up(self.up)
        module, _ = resolve_model(self.model)
        clouds = self._clouds(given, is_colored(module))
        if clouds is None:
            return extract_features(module, given, feature=self.feature, encode=settings, progress=self.progress)
        found = list(_vectors(module, clouds, self.feature, settings))
        if not found:
            raise InputError("there are no shapes to encode: give at least one")
        values = np.concatenate(found)
        if len(bad := np.flatnonzero(~np.isfinite(values).all(1))):
            raise InputError(f"the model gives numbers that are not finite for shape {bad[0]}: its weights are damaged")
        return values

    def _clouds(self, given: Any, colored: bool) -> Iterator[CloudUp] | None:
        """Points (n, 3) of each shape, or with colors, and the axis that points up; None for tables and the like."""
        if getattr(given, "ndim", 0) == 1:  # paths, or clouds of several sizes: in numpy or pandas
            given = given.tolist()
        if hasattr(given, "ndim"):
            return ((_cloud(one, number, colored), self.up) for number, one in enumerate(as_clouds(given)))
        if isinstance(given, list | tuple):
            return (self._one(one, number, colored) for number, one in enumerate(given))
        return None

    def _one(self, given: Any, number: int, colored: bool) -> CloudUp:
        from pointrecon.training.cloud_stream import with_colors

        if hasattr(given, "ndim") or isinstance(given, list | tuple):
            if len(found := as_clouds(given, f"shape {number}")) > 1:
                raise InputError(f"shape {number} is {len(found)} clouds: a list gives one vector for each thing in it")
            return _cloud(found[0], number, colored), self.up
        shapes = as_shapes(given)
        if len(shapes) != 1:
            raise InputError(f"'{given}' holds {len(shapes)} shapes: a list gives one vector for each thing in it")
        up = shapes.meta.up
        read = shapes.read(np.array([0]), columns=("id", "points", "color") if colored else ("id", "points"))
        points = read.points if read.color is None else with_colors(read.points, read.color)
        return points[0], self.up if up == "unknown" else up

    def _centered(self, values: np.ndarray) -> np.ndarray:
        if not self.center:
            return values
        from pointrecon.retrieval.vectors import unit_length

        return unit_length(values - self.mean_)


def _vectors(
    module: Any, clouds: Iterator[CloudUp], feature: str | None, settings: EncodeSettings
) -> Iterator[np.ndarray]:
    """Vectors (b, D) of clouds, some at a time; which points of a cloud are drawn depends on it and the seed alone."""
    import torch

    from pointrecon.devices import pick_device
    from pointrecon.evaluation.features import embedding_function, feature_of

    device, training = pick_device(settings.device), module.training
    home = next((p.device for p in module.parameters()), torch.device("cpu"))
    answer, _ = embedding_function(module, feature or feature_of(module, None))
    module.to(device).eval()
    try:
        while some := list(islice(clouds, settings.batch_size)):
            values: dict[int, np.ndarray] = {}
            sizes = [settings.points or module.config.points or len(points) for points, _ in some]
            for size, axis in sorted({*zip(sizes, (axis for _, axis in some), strict=True)}):
                mine = [i for i, (n, (_, own)) in enumerate(zip(sizes, some, strict=True)) if (n, own) == (size, axis)]
                drawn = [_drawn(some[i][0], size, settings.seed) for i in mine]
                with torch.inference_mode():
                    ready = torch.cat([prepare(one, size, up_from=axis, up_to=module.config.up) for one in drawn])
                    values |= dict(zip(mine, answer(ready.to(device)).float().cpu().numpy(), strict=True))
            yield np.stack([values[i] for i in range(len(some))])
    finally:
        module.to(home).train(training)


def _cloud(points: "torch.Tensor", number: int, colored: bool) -> "torch.Tensor":
    """(n, 3), or in gray (n, 6), without gradients on the CPU; InputError where there is no shape in it."""
    from pointrecon.models.plus.plus_clouds import in_gray

    cloud = points.detach().cpu()
    check_extent(cloud, number)
    return in_gray(cloud) if colored else cloud


def _drawn(points: Any, size: int, seed: int) -> "torch.Tensor":
    """(1, n, 3) of them, n at most ``size``."""
    import torch

    cloud = torch.as_tensor(points)  # in float64 as it came: far from the origin less does not tell points apart
    if len(cloud) > size:
        cloud = cloud[torch.randperm(len(cloud), generator=torch.Generator().manual_seed(seed))[:size]]
    return cloud[None]
