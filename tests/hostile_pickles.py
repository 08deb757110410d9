"""Pickles that ill will would write: by what they try, as bytes; and the files of torch that hold them."""

import io
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

_P2 = b"\x80\x02"
_STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu%stQ"
_CALLS = {  # what is asked for by name, and with which arguments
    "shell": ("posix", "system", "touch {mark}"),
    "shell by os": ("os", "system", "touch {mark}"),
    "windows shell": ("nt", "system", "touch {mark}"),
    "processes": ("subprocess", "getoutput", "touch {mark}"),
    "eval": ("builtins", "eval", "open('{mark}', 'w')"),
    "exec": ("builtins", "exec", "open('{mark}', 'w')"),
    "exec of Python 2": ("__builtin__", "exec", "open('{mark}', 'w')"),
    "compile": ("builtins", "compile", "1"),
    "import": ("builtins", "__import__", "antigravity"),
    "module": ("importlib", "import_module", "antigravity"),
    "attributes": ("builtins", "getattr", "x"),
    "dots": ("builtins", "print.__self__.eval", "open('{mark}', 'w')"),
    "breakpoint": ("builtins", "breakpoint", ""),
    "code": ("code", "interact", ""),
    "runpy": ("runpy", "run_path", "{mark}"),
    "pickle in a pickle": ("pickle", "loads", ""),
    "pickle by _pickle": ("_pickle", "loads", ""),
    "numpy's loader": ("numpy", "load", "{mark}"),
    "numpy's runner": ("numpy.testing._private.utils", "runstring", "open('{mark}', 'w')"),
    "torch's loader": ("torch", "load", "{mark}"),
    "torch's hub": ("torch.hub", "load", "a/b"),
    "torch's jit": ("torch.jit", "load", "{mark}"),
    "torch's storage": ("torch.storage", "_load_from_bytes", ""),
    "torch's library": ("torch._ops", "load_library", "{mark}"),
    "torch's type": ("torch._tensor", "_rebuild_from_type_v2", ""),
    "library": ("ctypes", "CDLL", "{mark}"),
    "web": ("webbrowser", "open", "http://127.0.0.1:9"),
    "network": ("urllib.request", "urlopen", "http://127.0.0.1:9"),
    "file": ("io", "open", "{mark}"),
    "removal": ("shutil", "rmtree", "{mark}"),
    "operator": ("operator", "attrgetter", "x"),
    "function": ("types", "FunctionType", ""),
    "partial": ("functools", "partial", ""),
    "copy": ("copyreg", "_reconstructor", ""),
    "extension": ("copyreg", "add_extension", ""),
    "signal": ("signal", "raise_signal", ""),
    "exit": ("builtins", "exit", ""),
    "debugger": ("pdb", "run", "open('{mark}', 'w')"),
    "timer": ("timeit", "timeit", "open('{mark}', 'w')"),
    "profiler": ("cProfile", "run", "open('{mark}', 'w')"),
    "our own": ("pointrecon.models", "load_model", "{mark}"),
    "nothing": ("", "", ""),
    "escapes": ("\x1b[31mred", "\x07bell", ""),
}


def hostile_pickles(mark: Path) -> dict[str, bytes]:
    """By what they try; those that could run something would make the file ``mark``."""
    made = {}
    for name, (module, function, argument) in _CALLS.items():
        where = f"{module}\n{function}\n".encode()
        text = _text(argument.format(mark=mark))
        made[f"{name}: REDUCE"] = _P2 + b"c" + where + text + b"\x85R."
        made[f"{name}: INST"] = b"(" + text + b"i" + where + b"."
        made[f"{name}: OBJ"] = b"(c" + where + text + b"o."
        made[f"{name}: NEWOBJ"] = _P2 + b"c" + where + text + b"\x85\x81."
        made[f"{name}: STACK_GLOBAL"] = b"\x80\x04" + _text(module) + _text(function) + b"\x93" + text + b"\x85R."
        made[f"{name}: within weights"] = _P2 + b"}" + _text("base_model") + b"c" + where + text + b"\x85Rs."
    return made | memory_bombs() | _tricks()


def memory_bombs() -> dict[str, bytes]:
    """Few bytes that ask for much memory or time."""
    made = {
        "memo of 2^32": _P2 + b"Nr\xff\xff\xff\xff.",
        "memo of 2^62 in text": b"Np4611686018427387904\n.",
        "bytearray8 of 4 GB": b"\x80\x05\x96" + struct.pack("<Q", 1 << 32) + b"ab.",
        "bytes8 of 2^62": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"ab.",
        "bytes of 2 GB": b"\x80\x03B" + struct.pack("<I", 1 << 31) + b"ab.",
        "text8 of 2^62": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"ab.",
        "long4 of 2 GB": _P2 + b"\x8b" + struct.pack("<i", (1 << 31) - 1) + b"ab.",
        "long4 below zero": _P2 + b"\x8b" + struct.pack("<i", -5) + b"ab.",
        "long of a million digits": b"L" + b"9" * 1_000_000 + b"L\n.",
        "frame of 2^63": b"\x80\x04\x95" + struct.pack("<Q", 1 << 63) + b"N.",
        "frame in a frame": b"\x80\x04\x95" + struct.pack("<Q", 20) + b"\x95" + struct.pack("<Q", 9) + b"N." * 5,
        "bytearray": _P2 + b"cbuiltins\nbytearray\n\x8a\x05\x00\x00\x00\x00\x10\x85R.",
        "array": _P2 + b"cnumpy\nndarray\n\x8a\x05\x00\x00\x00\x00\x10\x85\x85R.",
        "zeros": _P2 + b"cnumpy\nzeros\n\x8a\x05\x00\x00\x00\x00\x10\x85R.",
        "tensor": _P2 + b"ctorch\nTensor\n\x8a\x05\x00\x00\x00\x00\x10\x85R.",
        "storage": _P2 + b"ctorch.storage\nUntypedStorage\n\x8a\x05\x00\x00\x00\x00\x10\x85R.",
        "meta tensor": _P2 + b"ctorch._utils\n_rebuild_meta_tensor_no_storage\n)R.",
        "keys that hash for ever": _P2 + b"})" + b"2\x86" * 60 + b"Ns.",
        "keys of two million": _P2 + b"})2\x86q\x00" + b"h\x00h\x00\x86q\x00" * 60 + b"Ns.",
        "sets that hash for ever": b"\x80\x04\x8f()" + b"2\x86" * 60 + b"\x90.",
        "bytes many times": _P2 + b"]q\x01c_codecs\nencode\nq\x02" + _text("x" * 50_000) + b"q\x03"
        + b"h\x01h\x02h\x03\x85Ra" * 3000 + b".",
    }  # fmt: skip
    for name, count in {
        "storage of a terabyte": b"\x8a\x05\x00\x00\x00\x00\x40",
        "storage below zero": b"J\xff\xff\xff\xff",
    }.items():
        made[name] = _P2 + _STORAGE % count + b"."
    for name, (offset, size, stride) in {
        "tensor larger than its storage": (b"K\x00", b"M\xe8\x03\x85", b"K\x01\x85"),
        "tensor of a terabyte by strides of zero": (b"K\x00", b"\x8a\x05\x00\x00\x00\x00\x40\x85", b"K\x00\x85"),
        "tensor behind its storage": (b"M\xe8\x03", b"K\x01\x85", b"K\x01\x85"),
        "tensor before its storage": (b"J\xf0\xff\xff\xff", b"K\x01\x85", b"K\x01\x85"),
        "tensor with steps out of it": (b"K\x00", b"K\x02K\x02\x86", b"M\xe8\x03K\x01\x86"),
        "tensor of sizes below zero": (b"K\x00", b"J\xff\xff\xff\xff\x85", b"K\x01\x85"),
        "tensor of sizes that overflow": (b"K\x00", b"\x8a\x09" + b"\xff" * 8 + b"\x0f\x85", b"K\x01\x85"),
        "tensor of text": (b"K\x00", _text("a") + b"\x85", b"K\x01\x85"),
    }.items():  # fmt: skip
        made[name] = (
            _P2 + b"ctorch._utils\n_rebuild_tensor_v2\n(" + _STORAGE % b"K\x02" + offset + size + stride + b"\x89NtR."
        )
    return made


def _tricks() -> dict[str, bytes]:
    """What confuses a reader, or calls and fills what is no function or object."""
    loop: list = []
    loop.append(loop)
    return {
        "nothing at all": b"",
        "end at once": b".",
        "end without value": _P2 + b".",
        "only a mark": b"(.",
        "marks without end": b"(" * 100_000,
        "lists in lists": b"]" * 100_000 + b"a" * 99_999 + b".",
        "tuples in tuples": _P2 + b")" + b"\x85" * 100_000 + b".",
        "dicts in dicts": _P2 + b"}" * 50_000 + b"Ns" * 50_000 + b".",
        "itself": pickle.dumps(loop, 2),
        "itself in a dict": _P2 + b"}q\x00K\x01h\x00s.",
        "memo of nothing": _P2 + b"h\x09.",
        "pop of nothing": _P2 + b"00.",
        "unknown opcode": _P2 + b"\xfe.",
        "protocol 99": b"\x80\x63N.",
        "extension 1": _P2 + b"\x82\x01.",
        "extension 2": _P2 + b"\x83\x01\x00.",
        "extension 4": _P2 + b"\x84\x01\x00\x00\x00.",
        "persistent text": b"Pabc\n.",
        "persistent number": _P2 + b"K\x01Q.",
        "persistent something": _P2 + b"X\x05\x00\x00\x00othersNNNN(tQ.",
        "next buffer": b"\x80\x05\x97.",
        "read-only buffer": b"\x80\x05N\x98.",
        "calling text": _P2 + _text("abc") + b")R.",
        "calling a list": _P2 + b"])R.",
        "calling with a list": _P2 + b"ccollections\nOrderedDict\n]R.",
        "filling a list": _P2 + b"]}b.",
        "filling a number": _P2 + b"K\x01}b.",
        "filling a name": _P2 + b"ctorch._utils\n_rebuild_tensor_v2\n}X\x09\x00\x00\x00_functionNsb.",
        "appending to a dict": _P2 + b"}K\x01a.",
        "setting in a list": _P2 + b"]K\x00K\x01s.",
        "odd items": _P2 + b"}(K\x01u.",
        "a name as a value": _P2 + b"ctorch._utils\n_rebuild_tensor_v2\n.",
        "a type as a value": _P2 + b"cnumpy\ndtype\nX\x02\x00\x00\x00f4K\x00K\x01\x87R.",
        "a type of objects": _P2 + b"cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nU\x02O8\x85RK\x01\x86R.",
        "a number without bytes": _P2 + b"cnumpy._core.multiarray\nscalar\nK\x01K\x01\x86R.",
        "a number of no bytes": _P2 + b"cnumpy._core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00f8\x85R"
        b"c_codecs\nencode\nX\x00\x00\x00\x00\x85R\x86R.",
        "a tensor of a dict": _P2 + b"ctorch._utils\n_rebuild_tensor_v2\n(}K\x00))\x89NtR.",
        "a parameter of text": _P2 + b"ctorch._utils\n_rebuild_parameter\n(X\x01\x00\x00\x00a\x89NtR.",
        "text that is no UTF-8": _P2 + b"X\x02\x00\x00\x00\xff\xfe.",
        "a string with bad escapes": b"S'\\xzz'\n.",
        "a string without quotes": b"Sabc\n.",
        "a number that is none": b"Iabc\n.",
        "a line without end": b"c" + b"a" * 100_000,
        "surrogates": _P2 + b"}X\x03\x00\x00\x00\xed\xa0\x80Ns.",
    }  # fmt: skip


def as_archive(pickled: bytes, storage: bytes = b"\0" * 8) -> bytes:
    """A torch file of today with this pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {
            "data.pkl": pickled,
            "byteorder": b"little",
            "data/0": storage,
            "version": b"3\n",
        }.items():
            archive.writestr(f"archive/{name}", content)
    return file.getvalue()


def as_stream(pickled: bytes) -> bytes:
    """A torch file as before 1.6 with this pickle."""
    head = [0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}}]
    return (
        b"".join(pickle.dumps(one, 2) for one in head) + pickled + pickle.dumps(["0"], 2) + struct.pack("<Qff", 2, 0, 0)
    )


def as_tar(pickled: bytes) -> bytes:
    """A torch file as before 0.1.10 with this pickle."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("storages", "tensors", "pickle"):
            member = tarfile.TarInfo(name)
            member.size = len(pickled)
            archive.addfile(member, io.BytesIO(pickled))
    return file.getvalue()


def _text(text: str) -> bytes:
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()
