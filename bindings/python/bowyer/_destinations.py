"""Where a table is written to: a location, or a file object that is open for writing."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from typing import Any, Callable, Mapping

from .reports import CopyReport


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
            shutil.copyfileobj(whole, destination, 1 << 20)
    return dataclasses.replace(report, files=[])
