"""Bowyer moves tables between files, databases and processes: exactly, fast, in bounded memory.

copy, read, sql, scan, migrate, inspect, serve, Channel; docs/python.md has all of it.
"""

from ._library import native
from .channel import Channel, channels
from .engine import Engine
from .errors import (
    AlreadyExists,
    DataError,
    Error,
    InternalError,
    Interrupted,
    NotFound,
    PeerError,
    ResourceError,
    Terminated,
    Unavailable,
    UsageError,
    VerificationError,
)
from .expr import (
    Expr,
    asc,
    coalesce,
    col,
    collect,
    correlation,
    count,
    count_distinct,
    date,
    days,
    dense_rank,
    desc,
    expression,
    first,
    greatest,
    join_text,
    last,
    least,
    lit,
    make_list,
    make_struct,
    max,
    mean,
    median,
    min,
    mode,
    months,
    ntile,
    percent_rank,
    quantile,
    rank,
    row_number,
    seconds,
    stddev,
    sum,
    variance,
    when,
)
from .frame import GroupedFrame, LazyFrame
from .options import ReadOptions, WriteOptions
from .reports import CopyReport, Inspection, MigrationReport
from .result import Result
from .serving import Server, serve
from .tasks import copy, inspect, list_tables, migrate, read, scan, sql

__version__: str = native.version()


def library_versions() -> dict[str, str]:
    """Of the libraries that are in use: Arrow, DuckDB, libpq, SQLite."""
    return dict(native.library_versions())


__all__ = [
    "AlreadyExists",
    "Channel",
    "CopyReport",
    "DataError",
    "Engine",
    "Error",
    "Expr",
    "GroupedFrame",
    "Inspection",
    "InternalError",
    "Interrupted",
    "LazyFrame",
    "MigrationReport",
    "NotFound",
    "PeerError",
    "ReadOptions",
    "ResourceError",
    "Result",
    "Server",
    "Terminated",
    "Unavailable",
    "UsageError",
    "VerificationError",
    "WriteOptions",
    "asc",
    "channels",
    "coalesce",
    "col",
    "collect",
    "copy",
    "correlation",
    "count",
    "count_distinct",
    "date",
    "days",
    "dense_rank",
    "desc",
    "expression",
    "first",
    "greatest",
    "inspect",
    "join_text",
    "last",
    "least",
    "library_versions",
    "list_tables",
    "lit",
    "make_list",
    "make_struct",
    "max",
    "mean",
    "median",
    "migrate",
    "min",
    "mode",
    "months",
    "ntile",
    "percent_rank",
    "quantile",
    "rank",
    "read",
    "row_number",
    "scan",
    "seconds",
    "serve",
    "sql",
    "stddev",
    "sum",
    "variance",
    "when",
]
