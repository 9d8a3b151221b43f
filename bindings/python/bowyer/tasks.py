"""copy, read, sql, scan, migrate, inspect: what the command does, as functions."""

from __future__ import annotations

import os
from typing import Any, Iterable, Literal, Mapping

from ._destinations import write_to
from ._library import native
from ._run import ProgressFunction, make_context, shown
from ._sources import Source, is_location, reraising, to_source
from .engine import Engine
from .frame import LazyFrame
from .reports import CopyReport, Inspection, MigrationReport, inspection
from .result import Result

Progress = bool | ProgressFunction | None
IfExists = Literal["error", "overwrite", "append", "upsert"]


def _sources(source: Any, read: Mapping[str, Any] | None) -> list[Source]:
    several = isinstance(source, (list, tuple)) and source and all(is_location(one) for one in source)
    return [to_source(one, None, dict(read or {})) for one in (source if several else [source])]


def _selection(select: Any, where: str | None, sort: Any, limit: int | None, union_by_name: bool) -> dict[str, Any]:
    listed = lambda names: [names] if isinstance(names, str) else None if names is None else list(names)  # noqa: E731
    return {
        "select": listed(select),
        "where": where,
        "sort": listed(sort),
        "limit": limit,
        "union_by_name": union_by_name,
    }


def copy(
    source: Any,
    destination: Any,
    *,
    select: str | Iterable[str] | None = None,
    where: str | None = None,
    sort: str | Iterable[str] | None = None,
    limit: int | None = None,
    union_by_name: bool = False,
    read: Mapping[str, Any] | None = None,
    rejects: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress = None,
    **write: Any,
) -> CopyReport:
    """Copies a table, all or nothing, in bounded memory.

    source: a location, a list of them, or anything that holds a table (see docs/python.md).
    destination: a location, or a file object that is open for writing bytes (with format="parquet", ...).
    select: columns to keep ("a", "old as new"); where: a condition as in SQL; sort: "a", "b desc".
    read: options of reading (see ReadOptions); the others, such as if_exists="overwrite" and compression="zstd",
    are those of writing (see WriteOptions). rejects: a file for rows that cannot be read.
    """
    sources = _sources(source, read)
    selection = _selection(select, where, sort, limit, union_by_name)
    set_aside = None if rejects is None else os.fspath(rejects)

    def run(target: str) -> dict[str, Any]:
        with reraising(sources), shown(progress, f"copy → {native.redacted(target)}") as each:
            context = make_context(threads, memory)
            return native.copy(context, [one.native for one in sources], target, write, selection, set_aside, each)

    return write_to(destination, write, run)


def read(
    source: Any,
    *,
    select: str | Iterable[str] | None = None,
    where: str | None = None,
    sort: str | Iterable[str] | None = None,
    limit: int | None = None,
    union_by_name: bool = False,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress = None,
    **options: Any,
) -> Result:
    """The rows of a source as a stream of batches; `options` are those of reading (see ReadOptions)."""
    sources = _sources(source, options)
    selection = _selection(select, where, sort, limit, union_by_name)
    with reraising(sources), shown(progress, "opening") as each:
        context = make_context(threads, memory, holds_results=True)
        reader = native.read(context, [one.native for one in sources], selection, each)
    return Result(reader, sources, progress)


def sql(
    query: str,
    tables: Mapping[str, Any] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress = None,
) -> Result:
    """Runs SQL (DuckDB's) over any locations, which stand in quotes, and over `tables`: names for anything that holds
    one. parameters: what $name in the query stands for. The result is produced as it is read."""
    engine = Engine(threads=threads, memory=memory)
    for name, table in (tables or {}).items():
        engine.register(name, table)
    return engine.sql(query, parameters=parameters, progress=progress)


def scan(source: Any, name: str | None = None, **options: Any) -> LazyFrame:
    """A frame of a location, whose schema is read now and whose rows by each run, or of anything that holds a table.
    `name` stands for it in messages and SQL; `options` are those of reading (see ReadOptions)."""
    found = to_source(source, name, options)
    with reraising([found]):
        return LazyFrame(native.frame(native.context(0, 0, 0), found.native), [found])


def migrate(
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    tables: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] | None = None,
    plan_only: bool = False,
    rejects: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress = None,
    **options: Any,
) -> MigrationReport:
    """Moves a whole database: structure and rows, from one moment, verified.

    plan_only: what would be done. options: schema, views, rename, types, epochs, on_mismatch ("widen", "reject",
    "error"), jobs, chunk_rows, if_exists, incremental, verify ("none", "count", "full"), resume, one_snapshot,
    durable. A failure is an exception whose `report` says how far it came.
    """
    listed = lambda names: [names] if isinstance(names, str) else list(names or [])  # noqa: E731
    chosen = {"tables": listed(tables), "exclude": listed(exclude), **options}
    origin, target = os.fspath(source), os.fspath(destination)
    set_aside = None if rejects is None else os.fspath(rejects)
    with shown(progress, f"migrate → {native.redacted(target)}") as each:
        context = make_context(threads, memory)
        document, page, error = native.migrate(context, origin, target, chosen, plan_only, set_aside, each)
    report = MigrationReport(document, page)
    if error is not None:
        error.report = report
        raise error
    return report


def inspect(
    location: str | os.PathLike[str],
    *,
    head: int = 0,
    sample: int = 0,
    unit: int | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    progress: Progress = None,
    **options: Any,
) -> Inspection:
    """Columns, types, rows, codecs and statistics of a source, without reading more than it must. head: first rows,
    sample: rows drawn evenly, unit: one row group or batch; they are `sample` of the result."""
    source = to_source(location, None, options)
    if not source.is_location:
        raise TypeError("inspect looks at a location; an object shows its schema by itself")
    with shown(progress, "inspect") as each:
        context = make_context(threads, memory)
        return inspection(*native.inspect(context, source.native, head, sample, -1 if unit is None else unit, each))


def list_tables(location: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Tables and views of a database: name, is_view, rows, columns."""
    return native.list_tables(make_context(), os.fspath(location))
