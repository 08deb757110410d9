"""Reading a pickle without running, looking up or believing anything in it: what it may name stands in a dict.

Why in Python: the reader that comes in C gives a few bytes gigabytes (``LONG_BINPUT`` says how large its memory is,
``BYTEARRAY8`` how long an array will be) and makes objects of classes. Here a file takes no more than in proportion to
its size, and of what a pickle can ask for only values and calls of the names given are left.
"""

import pickle
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO, ClassVar, NoReturn

_MOST_READS = 20_000_000  # pieces of a pickle: each value takes some memory, however short it is written
_LONG = 1 << 16
_PLAIN = (str, bytes, int, float, type(None))
_TOO_MANY = "it holds more values than any file of its kind"
# sets hash what is in them, which may take for ever; the others make objects, or ask for what nobody registered
_UNSAFE = (
    *("PERSID", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"),
    *("EMPTY_SET", "ADDITEMS", "FROZENSET", "DUP", "NEXT_BUFFER", "READONLY_BUFFER"),
)
# what a damaged or hostile pickle makes its reader stumble over
DAMAGE = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError),
    *(ImportError, UnicodeError, RecursionError, MemoryError),
)


class RefusedPickle(pickle.UnpicklingError):
    """The pickle asks for something that what is wanted of it does not need; the message says for what."""


class StandIn:
    """What a pickle gets for a name, or for a call of one: without a dict, called and filled as its class says."""

    __slots__ = ()

    def call(self, *args: Any) -> Any:
        """What the pickle gets for calling it."""
        raise RefusedPickle("it calls what is no function")

    def fill(self, state: Any) -> None:
        """Take a state that the pickle has for it."""
        raise RefusedPickle("it fills something that is to be left as it is")


class Called(StandIn):
    """A name that is a function of ours."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def call(self, *args: Any) -> Any:
        """Call the function."""
        return self._function(*args)


def _refused(opcode: str, *unused: Any) -> NoReturn:
    raise RefusedPickle(f"it asks for '{opcode}', which plain values do not need")


class StrictUnpickler(pickle._Unpickler):
    """`load` gives the values of one pickle of a file, which stands behind it afterwards.

    Raises:
        RefusedPickle: the pickle asks for more than values and ``names``.
        Exception: one of `DAMAGE`, for damage.
    """

    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)  # opcode -> what is done
    stack: list[Any]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]
    read: Callable[[int], bytes]
    readline: Callable[[], bytes]

    def __init__(self, file: BinaryIO, names: Mapping[tuple[str, str], Any], most: int | None = None) -> None:
        """Take an open file, what stands for names ("module", "name"), and how many bytes the pickle may have."""
        self._bounded = _Bounded(file, most)
        super().__init__(self._bounded, encoding="latin1")
        self._names, self._made = names, 0

    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name; it is looked up nowhere else."""
        if (module, name) not in self._names:
            raise RefusedPickle(f"it asks for '{module}.{name}'"[:200])
        return self._names[module, name]

    def persistent_load(self, pid: Any) -> Any:
        """What a pickle keeps elsewhere."""
        raise RefusedPickle("it keeps something elsewhere")

    def _load_inst(self) -> None:
        module, name = (self.readline()[:-1].decode("latin-1") for _ in range(2))
        raise RefusedPickle(f"it asks for '{module}.{name}'"[:200])

    def _load_reduce(self) -> None:
        args, function = self.stack.pop(), self.stack[-1]
        if not isinstance(function, StandIn) or not isinstance(args, tuple):
            raise RefusedPickle(f"it calls a {_kind(function)}")
        self.stack[-1] = result = function.call(*args)
        self._made += len(result) if isinstance(result, bytes) else 0
        if self._made > self._bounded.size:  # each made from a text of the file's own
            raise RefusedPickle("it makes more bytes than it has")

    def _load_build(self) -> None:
        state, filled = self.stack.pop(), self.stack[-1]
        if isinstance(filled, StandIn):
            filled.fill(state)
        elif not isinstance(filled, dict):  # a dict's attributes say nothing about its values
            raise RefusedPickle(f"it fills a {_kind(filled)}")

    def _load_frame(self) -> None:
        if int.from_bytes(self.read(8), "little") > self._bounded.left():
            raise EOFError  # frames are for faster reading, which this is not about

    def _load_bytearray8(self) -> None:
        self.append(bytearray(self.read(int.from_bytes(self.read(8), "little"))))

    def _load_append(self) -> None:
        item = self.stack.pop()
        self._top(list).append(item)

    def _load_appends(self) -> None:
        items = self.pop_mark()
        self._top(list).extend(items)

    def _load_dict(self) -> None:
        items = self.pop_mark()
        self.append(_filled({}, items))

    def _load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _filled(self._top(dict), [key, value])

    def _load_setitems(self) -> None:
        items = self.pop_mark()
        _filled(self._top(dict), items)

    def _top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise RefusedPickle(f"it adds to a {_kind(self.stack[-1])}")
        return self.stack[-1]

    for _name in ("INST", "REDUCE", "BUILD", "FRAME", "BYTEARRAY8", "APPEND", "APPENDS", "DICT", "SETITEM", "SETITEMS"):
        dispatch[getattr(pickle, _name)[0]] = locals()[f"_load_{_name.lower()}"]
    for _name in _UNSAFE:
        dispatch[getattr(pickle, _name)[0]] = partial(_refused, _name)


class _Bounded:
    """A file of which no more is asked for than there is, and a pickle may have."""

    def __init__(self, file: BinaryIO, most: int | None) -> None:
        start = file.tell()
        end = file.seek(0, 2)
        file.seek(start)
        self.size = end - start
        self._end, self._cut = (end, False) if most is None or end - start <= most else (start + most, True)
        self._file, self._reads = file, 0

    def left(self) -> int:
        return self._end - self._file.tell()

    def read(self, size: int) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise RefusedPickle(_TOO_MANY)
        if (size > _LONG or not self._reads % 1024) and size > self.left():
            raise RefusedPickle(_TOO_MANY) if self._cut else EOFError
        content = self._file.read(size)
        if len(content) < size:
            raise EOFError
        return content

    def readline(self) -> bytes:
        self._reads += 1
        line = self._file.readline(self.left() + 1)
        if not line.endswith(b"\n"):
            raise EOFError
        return line


def _filled(into: dict, items: list) -> dict:
    """A dict with keys and values in turn; of keys that take for ever to compare or hash, nothing is added."""
    if len(items) % 2:
        raise EOFError
    for key, value in zip(items[::2], items[1::2], strict=True):
        every = key if type(key) is tuple else (key,)
        if not all(isinstance(one, (*_PLAIN, StandIn)) for one in every):
            raise RefusedPickle(f"its keys are more than numbers and text: {_kind(key)}")
        into[key] = value
    return into


def _kind(value: Any) -> str:
    return type(value).__name__.lstrip("_")
