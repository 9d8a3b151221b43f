"""Where a table is written to: a location, or a file object that is open for writing."""

from __future__ import annotations

import dataclasses
import io
import os
import tempfile
from typing import Any, Callable, Mapping

from .reports import CopyReport


def _write_all(file: Any, block: bytes) -> None:
    """A file object without a buffer may take a part, and tells how much; one that does not wait takes nothing (None), and
    what it was to get would be lost. Others may tell nothing at all, and have taken all."""
    while block:
        taken = file.write(block)
        if taken is None and isinstance(file, io.RawIOBase):
            raise BlockingIOError("the file object does not wait until there is room: give one that does")
        block = block[len(block) if taken is None else taken :]


def write_to(destination: Any, options: Mapping[str, Any], run: Callable[[str], dict[str, Any]]) -> CopyReport:
    """Calls `run` with a location to write to. A file object is given the bytes once the table is whole: a run that
    fails leaves it as it was."""
    if not hasattr(destination, "write") or isinstance(destination, os.PathLike):
        return CopyReport(**run(os.fspath(destination)))
    if not options.get("format"):
        raise TypeError('a file object has no name that tells its format: format="feather", "csv", ...')
    with tempfile.TemporaryDirectory(prefix="bowyer-") as folder:
        location = os.path.join(folder, "table")
        report = CopyReport(**run(location))
        if not os.path.isfile(location):
            raise TypeError("several files need a folder, and not a file object")
        with open(location, "rb") as whole:
            while block := whole.read(1 << 20):
                _write_all(destination, block)
    return dataclasses.replace(report, files=[])
