"""A disk that refuses, and a place that another process writes: one sentence that names the file, nothing lost."""

import errno
import io
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from labeled import TINY, sticks
from other_process import another_holds
from pointrecon import embed, load_model, pretrain
from pointrecon.errors import InputError
from pointrecon.files import disk_error, whole_folder, write_text, written_whole
from pointrecon.lock import alone
from pointrecon.models import create_model, save_model
from pointrecon.shapes import create_table, open_table
from pointrecon.shapes.table.lance_errors import plain_errors
from pointrecon.training.run_folder import RunFolder
from pointrecon.training.run_log import RunLog


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file can be longer than this, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def save_npz(file: io.BufferedWriter) -> None:
    np.savez(file, points=np.zeros(100_000))


def save_torch(file: io.BufferedWriter) -> None:
    torch.save({"step": 1, "weights": torch.zeros(100_000)}, file)


@pytest.mark.parametrize("write", [save_npz, save_torch, lambda file: file.write(bytes(100_000))])
def test_whatever_writes_a_file_says_that_the_disk_is_full(tmp_path, write) -> None:
    write_text(tmp_path / "a.bin", "before")
    with (
        small_disk(20_000),
        pytest.raises(OSError, match="File too large") as error,
        written_whole(tmp_path / "a.bin") as file,
    ):
        write(file)
    assert error.value.errno == errno.EFBIG
    assert error.value.filename == str(tmp_path / "a.bin")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]
    assert (tmp_path / "a.bin").read_text() == "before"


def test_a_folder_that_a_library_cannot_write_says_that_the_disk_is_full(tmp_path) -> None:
    model = create_model("nano", seed=0, **TINY)
    save_model(model, tmp_path / "model")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    with small_disk(20_000), pytest.raises(OSError, match="File too large") as error:
        save_model(model, tmp_path / "model", overwrite=True)
    assert error.value.filename == str(tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_other_errors_stay_what_they_are(tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as error, written_whole(tmp_path / "a.bin"):
        (tmp_path / "none").read_bytes()
    assert error.value.filename == str(tmp_path / "none")
    with pytest.raises(RuntimeError, match="own"), whole_folder(tmp_path / "b"):
        raise RuntimeError("own")
    assert not list(tmp_path.iterdir())
    assert disk_error(RuntimeError("IoError(Os { code: 28, kind: StorageFull })"), "a").errno == errno.ENOSPC


def test_a_panic_is_damage_in_a_sentence(tmp_path) -> None:
    panic = type("PanicException", (BaseException,), {})
    with pytest.raises(InputError, match=r"t\.lance is damaged"), plain_errors("t.lance"):
        raise panic("index out of bounds")
    with pytest.raises(KeyboardInterrupt), plain_errors("t.lance"):
        raise KeyboardInterrupt


def test_a_bit_that_flipped_in_a_checkpoint_is_found(tmp_path) -> None:
    run = RunFolder(tmp_path)
    for step in (1, 2):
        run.save_checkpoint({"step": step, "task": {"weights": torch.full((500,), float(step))}})
    last = run.checkpoint_files()[-1]
    good = last.read_bytes()
    place = good.index(np.full(500, 2, np.float32).tobytes())
    for at in (place, place + 1000, good.index(b"weights"), len(good) - 30):
        last.write_bytes(good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :])
        state, damaged = run.load_checkpoint()
        if at < len(good) - 30:  # the last is of the archive's own end, and changes nothing that is read
            assert state["step"] == 1
            assert "step-00000002.pt' is damaged" in damaged[0]
        assert (state["task"]["weights"] == state["step"]).all()
    last.write_bytes(good)
    assert run.load_checkpoint()[0]["step"] == 2


def test_a_run_model_or_file_that_another_process_writes_is_left_to_it(tmp_path) -> None:
    sticks(12).save(tmp_path / "t.npz")
    model = save_model(create_model("nano", seed=0, **TINY), tmp_path / "model")
    told = "is being written by process"
    with another_holds(tmp_path / "run") as number, pytest.raises(InputError, match=f"run' {told} {number} on "):
        pretrain(tmp_path / "t.npz", tmp_path / "run", model=TINY)
    with another_holds(tmp_path / "model"), pytest.raises(InputError, match=f"model' {told}"):
        save_model(create_model("nano", seed=0, **TINY), tmp_path / "model", overwrite=True)
    with another_holds(tmp_path / "v.npz"), pytest.raises(InputError, match=rf"v\.npz {told}"):
        embed(model, sticks(12), tmp_path / "v.npz")
    with another_holds(tmp_path / "t.npz.embedding.mine"), pytest.raises(InputError, match=f"'embedding/mine' {told}"):
        embed(model, tmp_path / "t.npz", name="mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "t.npz"]


def test_tensorboards_thread_tells_of_a_full_disk_once(tmp_path, capfd) -> None:
    pytest.importorskip("tensorboard")

    def train() -> None:
        with RunLog(RunFolder(tmp_path), 2, 0, active=True) as log:
            for step in range(1, 4):
                log._writer.add_scalar("loss", 1.0, step)
                log._writer.flush()

    before = threading.excepthook
    with small_disk(0), pytest.raises(OSError, match="File too large"):
        train()
    assert threading.excepthook == before
    assert "Traceback" not in capfd.readouterr().err


def test_a_lock_is_taken_where_the_disk_is_full(tmp_path) -> None:
    with small_disk(0), alone(tmp_path / "a"):
        assert (tmp_path / ".a.lock").exists()
    assert not list(tmp_path.iterdir())


def test_weights_that_are_not_what_was_written_are_refused(tmp_path) -> None:
    save_model(create_model("nano", seed=0, **TINY), tmp_path / "model")
    weights, config = tmp_path / "model" / "model.safetensors", tmp_path / "model" / "config.json"
    good = weights.read_bytes()
    weights.write_bytes(good[:-9] + bytes([good[-9] ^ 1]) + good[-8:])
    with pytest.raises(InputError, match=r"model.safetensors' is damaged, or not the file that config.json tells of"):
        load_model(tmp_path / "model")
    told = config.read_text()
    config.write_text(told.replace("weights_sha256", "was_sha256"))  # changed on purpose
    load_model(tmp_path / "model")
    config.write_text(told.replace('"notes"', '"notez"'))
    with pytest.raises(InputError, match=r"config.json': 'notez' is no fact"):
        load_model(tmp_path / "model")


def test_a_table_that_is_replaced_while_it_is_used_is_told_as_such(tmp_path) -> None:
    pytest.importorskip("lancedb")
    place = tmp_path / "t.lance"
    create_table(place, sticks(12).meta).append(sticks(12))
    table = open_table(place)
    rows = table.rows()
    create_table(place, sticks(6).meta, overwrite=True).append(sticks(6))
    with pytest.raises(InputError, match=r"t\.lance was replaced or removed since it was opened"):
        rows.take(np.arange(12))
    with pytest.raises(InputError, match=r"t\.lance was replaced or removed since it was opened"):
        table.append(sticks(3))
    assert len(open_table(place)) == 6
