"""Values and types of Python as Arrow has them."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

#: A type of Arrow's or its name as on the command line: "int64", "text", "decimal(12,2)", "list<int64>".
TypeLike = Any


def array_of_one(value: Any) -> pa.Array:
    """A value that is no plain number or text, for an expression (called by the module)."""
    if isinstance(value, pa.Scalar):
        return pa.array([value.as_py()], value.type) if value.type != pa.null() else pa.nulls(1)
    if hasattr(value, "item") and hasattr(value, "dtype"):  # NumPy's scalars keep their type
        return pa.array([value], pa.from_numpy_dtype(value.dtype))
    try:
        return pa.array([value])
    except pa.ArrowException as error:
        raise TypeError(f"{value!r} is no value for an expression") from error


def byte_size(size: int | str | None) -> int:
    """Bytes: a number, or a text such as "64M", "1.5GB", "256MiB"; None is 0, the default."""
    if size is None:
        return 0
    if isinstance(size, int):
        return size
    match = re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)(i?B)?\s*", size, re.I)
    if match is None:
        raise ValueError(f"{size!r} is not a size: try 64M, 256MiB, 1.5GB or a number of bytes")
    # As the command has it: K, M and KiB, MiB are of 1024, KB and MB of 1000.
    base = 1000 if match[2] and (match[3] or "").upper() == "B" else 1024
    return int(float(match[1]) * base ** ("KMGT".index(match[2].upper()) + 1 if match[2] else 0))
