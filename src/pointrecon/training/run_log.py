"""What a run tells: progress with time to go on the screen, JSON lines, TensorBoard."""

import sys
import threading
import time
from typing import Any

from rich.progress import TimeElapsedColumn

from pointrecon.errors import install_hint
from pointrecon.files import written_to
from pointrecon.progress import duration, live_bar
from pointrecon.screen import screen
from pointrecon.training.run_folder import TENSORBOARD, RunFolder

_SHOWN = ("loss", "reconstruction", "cd_l2", "cd_l1", "color", "image", "text", "self")


class RunLog:
    """Writes a run's metrics. Silent on every process but the first."""

    def __init__(self, folder: RunFolder, total: int, done: int, *, active: bool, what: str = "pre-training") -> None:
        self.folder, self.total, self.active, self.what = folder, total, active, what
        self.console = screen(stderr=True, quiet=not active)
        self._writer: Any = None
        self._hook = threading.excepthook
        if active:
            threading.excepthook = self._in_thread
            try:
                from torch.utils.tensorboard import SummaryWriter

                with written_to(folder.path / TENSORBOARD):
                    self._writer = SummaryWriter(str(folder.path / TENSORBOARD), purge_step=done or None)
            except OSError:
                threading.excepthook = self._hook
                raise
            except ImportError:
                self.say(f"TensorBoard is not installed ({install_hint('report')}); metrics.jsonl has everything")
        self._bar = live_bar(self.console, active and self.console.is_terminal, TimeElapsedColumn())
        self._task = self._bar.add_task(what, total=total, completed=done)
        self._started, self._first, self._spoken = time.monotonic(), done, 0.0

    def __enter__(self) -> "RunLog":
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
        try:
            if self._writer is not None:
                with written_to(self.folder.path / TENSORBOARD):
                    self._writer.close()
        finally:
            if threading.excepthook == self._in_thread:
                threading.excepthook = self._hook

    def _in_thread(self, told: threading.ExceptHookArgs) -> None:
        """A disk that refuses TensorBoard's thread is told by the writer, at its next use."""
        if not (isinstance(told.exc_value, OSError) and type(told.thread).__module__.startswith("tensorboard")):
            self._hook(told)

    def say(self, text: str) -> None:
        """One line for the person at the screen."""
        if self.active:
            self.console.print(text, soft_wrap=True)

    def advance(self, step: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=step)

    def metrics(self, line: dict[str, Any]) -> None:
        """Write one line of metrics everywhere."""
        if not self.active:
            return
        self.folder.append_metrics(line)
        if self._writer is not None:
            with written_to(self.folder.path / TENSORBOARD):
                for name, value in line.items():
                    if isinstance(value, int | float) and name not in ("step",):
                        self._writer.add_scalar(name, value, line["step"])
        losses = " ".join(f"{k} {v:.4f}" for k, v in line.items() if k in _SHOWN)
        if losses:
            self._bar.update(self._task, description=f"{self.what}  {losses}")
        now = time.monotonic()
        if not self.console.is_terminal and (now - self._spoken > 20 or any(k.startswith("probe/") for k in line)):
            self._spoken = now
            done = line["step"] - self._first
            to_go = (now - self._started) / max(done, 1) * (self.total - line["step"])
            values = " ".join(f"{k} {v:.4g}" for k, v in line.items() if isinstance(v, float))
            rest = f"  about {duration(to_go)} to go" if line["step"] < self.total else ""
            self.say(f"step {line['step']}/{self.total}  {values}{rest}")
            sys.stderr.flush()
