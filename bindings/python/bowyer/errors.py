"""Exceptions by kind: one class for each exit code of the command, with the place and what to try."""

from __future__ import annotations

import re
from typing import Any, Mapping


class Error(Exception):
    """What failed, where, and what to try: all of it is in the text, and in the attributes where it is known."""

    #: The exit code that the command has for this kind.
    code = 1

    def __init__(self, text: str, *, message: str | None = None, **place: Any) -> None:
        super().__init__(text)
        self.message: str = text if message is None else message
        self.location: str | None = place.get("location")
        self.table: str | None = place.get("table")
        self.column: str | None = place.get("column")
        self.line: int | None = place.get("line")
        self.row: int | None = place.get("row")
        self.byte_offset: int | None = place.get("byte_offset")
        self.hint: str | None = place.get("hint")


class InternalError(Error):
    """A fault of Bowyer's own: please report it."""

    code = 1


class UsageError(Error, ValueError):
    """A wrong option, expression, name or location."""

    code = 2


class Unavailable(Error, OSError):
    """A source or destination that cannot be reached or opened."""

    code = 3

    def __init__(self, text: str, **facts: Any) -> None:
        Error.__init__(self, text, **facts)

    def __str__(self) -> str:  # OSError's own would speak of an errno
        return str(self.args[0]) if self.args else ""


class NotFound(Unavailable, FileNotFoundError):
    """There is nothing under this name."""


class AlreadyExists(Unavailable, FileExistsError):
    """The destination is there, and neither overwriting nor appending was asked for."""


class DataError(Error, ValueError):
    """Corrupt input, a value that does not fit, schemas that differ."""

    code = 4


class VerificationError(Error):
    """Source and destination differ."""

    code = 5


class ResourceError(Error, MemoryError):
    """The memory budget, the disk or the time ran out."""

    code = 6


class PeerError(Error, ConnectionError):
    """The other side of a channel or connection died."""

    code = 7

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class Interrupted(Error):
    """Stopped from outside. Ctrl-C itself is a KeyboardInterrupt."""

    code = 130


class Terminated(Interrupted):
    """Stopped because the process or the interpreter ends."""

    code = 143


KINDS: dict[int, type[Error]] = {
    kind.code: kind
    for kind in (
        InternalError,
        UsageError,
        Unavailable,
        DataError,
        VerificationError,
        ResourceError,
        PeerError,
        Interrupted,
        Terminated,
    )
}

# The command has one exit code for what cannot be opened; Python has exceptions for the reasons that it knows.
_MISSING = re.compile(r"no such (file|table)|there is no |no file fits|is not there|is gone", re.I)
_TAKEN = re.compile(r"exists already|there is a table .* already", re.I)

# Hints speak of the command's options and of C++'s calls; here they are arguments and methods.
_OPTION = re.compile(r"--([a-z][a-z-]+)")
_CALL = re.compile(r"\b(WithColumns|Select|Rename|Concat|As)\b")
_CALLS = {"WithColumns": "with_columns", "Select": "select", "Rename": "rename", "Concat": "concat", "As": "alias"}


_OPTIONS = {
    "overwrite": 'if_exists="overwrite"',
    "append": 'if_exists="append"',
    "upsert": 'if_exists="upsert", keys=',
    "from": "format=",
    "to": "format=",
    "type": "types=",
    "no-header": "header=False",
    "columns": "columns=",
    "table": "tables=",
    "param": "parameters=",
}


def in_python(hint: str) -> str:
    hint = _OPTION.sub(lambda option: _OPTIONS.get(option[1]) or option[1].replace("-", "_") + "=", hint)
    return _CALL.sub(lambda call: _CALLS[call[1]], hint)


def from_status(code: int, message: str, description: str, place: Mapping[str, Any]) -> Error:
    """The exception for a status of C++ (called by the module)."""
    known = {name: value for name, value in place.items() if value not in ("", -1)}
    if "hint" in known:
        known["hint"] = in_python(known["hint"])
    text, newline, hint = description.partition("\n")
    location = known.get("location", "")
    if "#" in location:
        known["table"] = location.partition("#")[2]
    kind = KINDS.get(code, InternalError)
    if kind is Unavailable and _MISSING.search(message):
        kind = NotFound
    elif kind is Unavailable and _TAKEN.search(message):
        kind = AlreadyExists
    return kind(text + newline + in_python(hint), message=message, **known)
