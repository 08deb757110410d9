"""How clouds are encoded: one small object for every function that runs a model. No torch here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pointrecon.checks import check_range, check_seed
from pointrecon.devices import check_device, check_precision
from pointrecon.errors import InputError

# in which a cloud is looked at, see `pointrecon.geometry.posed`; and how many they are
POSES = {"given": 1, "turned": 4, "any": 24}


@dataclass(frozen=True)
class EncodeSettings:
    """How a model encodes clouds."""

    points: int | None = None  # per cloud; None: what the model was made for
    batch_size: int = 64  # clouds at once
    device: str = "auto"  # or cpu, cuda, cuda:1, mps
    precision: str = "auto"  # bf16 on GPUs that have it, else 32; or 32, bf16
    poses: str = "given"  # a cloud as it is; turned: by quarters about the up axis; any: 24; auto: by what is known
    seed: int = 0  # draws the points of clouds that have more, for each shape by its file, else its id

    def __post_init__(self) -> None:
        check_range(self, batch_size="[1, inf)")
        check_seed(self.seed)
        if self.points is not None:
            check_range(self, points="[1, inf)")
        check_device(self.device)
        check_precision(self.precision)
        check_poses(self.poses)


def check_poses(poses: str) -> None:
    """Raise InputError for what are no poses."""
    if poses not in (known := (*POSES, "auto")):
        raise InputError(f"poses are '{poses}'; use one of {', '.join(known)}")


def encode_settings(given: "EncodeSettings | Mapping[str, Any] | None" = None, **changes: Any) -> EncodeSettings:
    """Settings from what a caller handed over (None: the defaults), with some changed; ``changes`` win.

    Raises:
        InputError: for a name that is no setting, or a value that does not fit.
    """
    if given is None or isinstance(given, Mapping):
        values = {**(given or {}), **changes}
        if unknown := values.keys() - asdict(EncodeSettings()).keys():
            known = ", ".join(asdict(EncodeSettings()))
            raise InputError(f"there is no setting '{min(unknown)}' of encoding; there are {known}")
        return EncodeSettings(**values)
    if not isinstance(given, EncodeSettings):
        raise InputError(f"settings of encoding are values by name, such as {{'batch_size': 64}}, not {given!r}")
    return replace(given, **changes)


def naming_settings(given: "EncodeSettings | Mapping[str, Any] | None" = None) -> EncodeSettings:
    """The same for what names and finds shapes: in several poses, unless a mapping says which."""
    usual = given is None or isinstance(given, Mapping)
    return encode_settings({"poses": "auto", **(given or {})} if usual else given)  # type: ignore[dict-item]
