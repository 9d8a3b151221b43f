"""Anything that holds a table, as a source of the module's: locations, what has Arrow's PyCapsule methods, datasets,
NumPy's record arrays, dicts, generators of batches."""

from __future__ import annotations

import itertools
import os
from typing import Any, Callable, Iterable, Iterator

import pyarrow as pa

from ._library import native
from .errors import Error, UsageError


class Failures(list):
    """What went wrong in Python while a source was read. Functions that C++ calls know this and not the source, which
    holds them: nobody would find that circle."""

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, whose exceptions are told as they are and not only as the text that passes through Arrow."""

        def call(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except Exception as error:
                self.append(error)
                raise

        return call

    def watched_batches(self, batches: Iterable[Any]) -> Iterator[pa.RecordBatch]:
        try:
            for batch in batches:
                yield from record_batches(batch)
        except Exception as error:
            self.append(error)
            raise


class Source:
    def __init__(self, make: Callable[[Failures], Any], is_location: bool = False) -> None:
        self.failures = Failures()
        self.is_location = is_location
        self.native = make(self.failures)


class reraising:
    """with reraising(sources): an error that comes of an exception in one of them is that exception."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = list(sources)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Error):
            for source in self._sources:
                if source.failures:
                    raise source.failures.pop(0) from error


def record_batches(value: Any) -> Iterator[pa.RecordBatch]:
    """The batches of one thing that a generator may yield."""
    if isinstance(value, pa.RecordBatch):
        yield value
    elif hasattr(value, "__arrow_c_array__") and not hasattr(value, "__arrow_c_stream__"):
        yield pa.record_batch(value)
    elif hasattr(value, "__arrow_c_stream__"):
        yield from pa.RecordBatchReader.from_stream(value)
    else:
        yield from to_table(value).to_batches()


def is_location(value: Any) -> bool:
    return isinstance(value, (str, os.PathLike))


def _is_record_array(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "names", None) is not None


def _record_array_table(array: Any) -> pa.Table:
    """Fields lie between each other in memory, so a column is copied unless it stands alone."""
    if array.ndim != 1:
        raise TypeError(f"a table has one dimension, this record array has {array.ndim}")
    return pa.table({name: pa.array(array[name]) for name in array.dtype.names})


def to_table(value: Any) -> pa.Table:
    """What is in memory as a table, without a copy where its types allow."""
    if isinstance(value, pa.Table):
        return value
    if _is_record_array(value):
        return _record_array_table(value)
    if isinstance(value, dict):
        return pa.table(value)
    if hasattr(value, "__arrow_c_stream__"):
        return pa.table(value)
    if hasattr(value, "__arrow_c_array__"):
        return pa.Table.from_batches([pa.record_batch(value)])
    raise TypeError(
        f"{type(value).__module__}.{type(value).__qualname__} is no table: a location, anything with __arrow_c_stream__ or "
        "__arrow_c_array__ (pyarrow, pandas, polars, DuckDB), a dataset, a NumPy record array, a dict of columns, or an "
        "iterable of batches"
    )


def _in_memory(value: Any) -> bool:
    """Tables and frames know their length; readers and queries do not."""
    if isinstance(value, (dict, pa.Table, pa.RecordBatch)) or _is_record_array(value):
        return True
    if hasattr(value, "__arrow_c_array__") and not hasattr(value, "__arrow_c_stream__"):
        return True
    if hasattr(value, "is_kept"):  # Result
        return value.is_kept
    module = type(value).__module__.partition(".")[0]
    # DuckDB's relations have a length, for which they run.
    return hasattr(value, "__arrow_c_stream__") and hasattr(value, "__len__") and module not in ("duckdb", "_duckdb")


def _once(name: str, take: Callable[[], Any]) -> Callable[[list[str]], Any]:
    """A stream that can be read by one run."""
    taken = False

    def open(columns: list[str]) -> Any:
        nonlocal taken
        if taken:
            raise UsageError(
                f"{name} was read already: it is a stream; give a table, or make the stream anew",
                hint="give a table, or make the stream anew",
            )
        taken = True
        return choose(take(), columns)

    return open


def choose(stream: Any, columns: list[str]) -> Any:
    """The columns of a stream, by a reader that passes the others over."""
    reader = stream if isinstance(stream, pa.RecordBatchReader) else pa.RecordBatchReader.from_stream(stream)
    if reader.schema.names == columns:
        return reader
    schema = pa.schema([reader.schema.field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(schema, (batch.select(columns) for batch in reader))


def to_source(value: Any, name: str | None = None, read: dict[str, Any] | None = None) -> Source:
    """`value` as a source; `read` are options for locations alone."""
    if isinstance(value, Source):
        return value
    read = read or {}
    if is_location(value):
        return Source(lambda _: native.location_source(os.fspath(value), read), is_location=True)
    if read:
        raise TypeError(f"{', '.join(sorted(read))}: options of reading are for locations, not for {type(value).__name__}")
    name = name or type(value).__name__
    if _in_memory(value):
        context = native.context(1, 0, 0)
        return Source(lambda _: native.table_source(context, to_table(value), name))
    return Source(lambda failures: _stream(failures, value, name))


def _stream(failures: Failures, value: Any, name: str) -> Any:
    if hasattr(value, "scanner") and isinstance(getattr(value, "schema", None), pa.Schema):  # pyarrow.dataset
        opener = failures.watched(lambda columns: value.scanner(columns=columns).to_reader())
        return native.stream_source(value.schema, opener, name)
    if isinstance(value, pa.RecordBatchReader):
        return native.stream_source(value.schema, failures.watched(_once(name, lambda: value)), name)
    if hasattr(value, "__arrow_c_stream__"):
        if hasattr(value, "__next__") or hasattr(value, "is_kept"):
            return native.stream_source(_schema(value), failures.watched(_once(name, lambda: value)), name)
        # May be asked again: a query that runs each time, say. Some tell their schema without that.
        schema = _schema(value)
        return native.stream_source(schema, failures.watched(lambda columns: choose(value, columns)), name)
    if callable(value):
        return _called(failures, value, name)
    if isinstance(value, Iterable):
        first, batches = _first(failures.watched_batches(value))
        take = lambda: pa.RecordBatchReader.from_batches(first.schema, batches)  # noqa: E731
        return native.stream_source(first.schema, failures.watched(_once(name, take)), name)
    to_table(value)  # says what it is not
    raise AssertionError


def _called(failures: Failures, make: Callable[[], Any], name: str) -> Any:
    """A function that gives batches, called anew by each run: a generator function."""
    first, batches = _first(failures.watched_batches(make()))
    waiting = [batches]

    def open(columns: list[str]) -> Any:
        stream = waiting.pop() if waiting else failures.watched_batches(make())
        return choose(pa.RecordBatchReader.from_batches(first.schema, stream), columns)

    return native.stream_source(first.schema, failures.watched(open), name)


def _first(batches: Iterator[pa.RecordBatch]) -> tuple[pa.RecordBatch, Iterator[pa.RecordBatch]]:
    try:
        first = next(batches)
    except StopIteration:
        raise UsageError(
            "an iterable without batches has no schema: give a pyarrow.RecordBatchReader, which has one",
            hint="pyarrow.RecordBatchReader.from_batches(schema, batches)",
        ) from None
    return first, itertools.chain([first], batches)


def _schema(value: Any) -> pa.Schema:
    if hasattr(value, "__arrow_c_schema__"):
        return pa.schema(value)
    if hasattr(value, "__next__"):
        raise TypeError(f"{type(value).__name__} is a stream that does not tell its schema: make a RecordBatchReader of it")
    return pa.RecordBatchReader.from_stream(value).schema
