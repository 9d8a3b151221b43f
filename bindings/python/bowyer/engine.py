"""Engine: queries that share tables, a database file, threads and memory."""

from __future__ import annotations

import datetime
import decimal
import numbers
import os
import uuid
from typing import Any, Mapping

from ._library import native
from ._run import ProgressFunction, make_context, shown
from ._sources import Source, reraising, to_source
from .frame import LazyFrame
from .result import Result


def _parameter(name: str, value: Any) -> str:
    """As text, which is what a query gets. Of other types there is none that means the same, and None has none at all."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):  # NumPy's, too
        return str(int(value))
    known = (str, float, decimal.Decimal, datetime.date, datetime.time, uuid.UUID)
    if isinstance(value, known):
        return str(value)
    raise TypeError(f"parameter {name}: {type(value).__name__} has no text that a query reads as the same value; write it into "
                    "the query (null), or register a table that holds it")  # fmt: skip


class Engine:
    """DuckDB, in memory or on a file of its own, with names for tables of yours. Results may be read side by side, and
    outlive the engine's object."""

    def __init__(
        self,
        database: str | os.PathLike[str] = "",
        *,
        read_only: bool = False,
        spill_folder: str | os.PathLike[str] = "",
        threads: int | None = None,
        memory: int | str | None = None,
    ) -> None:
        self._context = make_context(threads, memory, holds_results=True)
        self._native = native.Engine(self._context, os.fspath(database), read_only, os.fspath(spill_folder))
        self._sources: dict[str, Source] = {}

    def sql(
        self,
        query: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        progress: bool | ProgressFunction | None = None,
    ) -> Result:
        """Runs the statements; the result of the last is produced as it is read. Parameters are text to the query, which
        casts them where it compares them, or says $day::date."""
        texts = {name: _parameter(name, value) for name, value in (parameters or {}).items()}
        sources = tuple(self._sources.values())
        with reraising(sources), shown(progress, "query") as each:
            reader = self._native.query(query, texts, "", each)
        return Result(reader, sources, progress)

    def explain(self, query: str, *, analyze: bool = False) -> str:
        reader = self._native.query(query, {}, "analyze" if analyze else "plan", None)
        return "\n".join(str(row["explain_value"]) for row in Result(reader).to_pylist())

    def register(self, name: str, table: Any, **options: Any) -> None:
        """`name` as a table of every query from now on: a location (with options of reading) or anything that holds a
        table. Streams can be read by one query."""
        source = to_source(table, name, options)
        self._native.register(name, source.native)
        self._sources[name] = source

    def unregister(self, name: str) -> None:
        self._native.unregister(name)
        del self._sources[name]

    def scan(self, name: str) -> LazyFrame:
        """What is registered under a name, a table of the database, or a location, as a frame to be run here."""
        return LazyFrame(self._native.scan(name), tuple(self._sources.values()), self._native)

    def close(self) -> None:
        """Takes no more queries; results that are open go on."""
        self._native.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
