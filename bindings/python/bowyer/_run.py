"""In what an operation runs: a context of its own, with memory, threads and a progress line."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import Any, Callable, Iterator

from ._library import native
from .types import byte_size


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def make_context(threads: int | None = None, memory: int | str | None = None, *, holds_results: bool = False) -> Any:
    """A context. Results that Python holds count in its budget: what makes them gets most of the machine, as the
    command's `sql` does; what only passes rows on keeps to the default of 192 MiB."""
    budget = byte_size(memory)
    if budget == 0 and holds_results:
        budget = _machine_memory() // 10 * 8
    return native.context(threads or 0, budget, 0)


class _Line:
    """One line, redrawn: of a terminal, or of a notebook's cell."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._notebook = False
        shell = sys.modules.get("IPython")
        if shell is not None:
            kernel = shell.get_ipython()
            self._notebook = kernel is not None and kernel.__class__.__name__ == "ZMQInteractiveShell"
        self._shown = False

    @property
    def wanted(self) -> bool:
        return self._notebook or sys.stderr.isatty()

    def show(self, text: str) -> None:
        self._shown = True
        if not self._notebook:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            return
        from IPython.display import display

        data = {"text/plain": text}
        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def close(self, text: str) -> None:
        if self._shown and self._notebook:
            self._handle.update({"text/plain": text}, raw=True)
        elif self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def human(number: float, unit: str) -> str:
    for limit, suffix in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if number >= limit:
            scale = {" G": 1e9, " M": 1e6, " k": 1e3}[suffix]
            return f"{number / scale:.1f}{suffix}{unit}" if unit == "B" else f"{number / scale:.1f}{suffix} {unit}"
    return f"{number:,.0f} {unit}"


def progress_text(label: str, counters: dict[str, int], seconds: float) -> str:
    rows = max(counters["rows_written"], counters["rows_read"])
    part = -1.0
    if counters["rows_total"] > 0:
        part = rows / counters["rows_total"]
    elif counters["bytes_total"] > 0:
        part = counters["bytes_read"] / counters["bytes_total"]
    text = label
    if part >= 0:
        text += f"  {min(part, 1):.0%}"
    text += f"  {human(rows, 'rows')}"
    if seconds > 0 and counters["bytes_read"] > 0:
        text += f"  {human(counters['bytes_read'] / seconds, 'B')}/s"
    if part > 0.01 and seconds > 0.5:
        left = int(seconds * (1 - min(part, 1)) / part + 0.5)
        text += f"  {left // 60}:{left % 60:02} left"
    if counters["rows_rejected"]:
        text += f"  {counters['rows_rejected']:,} set aside"
    return text


#: Called several times a second with counters: rows_read, rows_total, rows_written, bytes_read, bytes_total,
#: rows_rejected (a total of -1 is not known).
ProgressFunction = Callable[[dict[str, int]], None]


@contextmanager
def shown(progress: bool | ProgressFunction | None, label: str) -> Iterator[ProgressFunction | None]:
    """What the module calls while it works: nothing, a function of the user's, or the progress line."""
    if progress is None or progress is False:
        yield None
        return
    if callable(progress):
        yield progress
        return
    line = _Line()
    if not line.wanted:
        yield None
        return
    start = last = time.monotonic()
    text = label

    def draw(counters: dict[str, int]) -> None:
        nonlocal last, text
        now = time.monotonic()
        if now - last < 0.2:
            return
        last = now
        text = progress_text(label, counters, now - start)
        line.show(text)

    try:
        yield draw
    finally:
        line.close(f"{text}  done")
