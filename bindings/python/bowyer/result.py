"""Result: what a query gives. A stream until somebody wants all of it, a table from then on."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Iterator, Sequence

import pyarrow as pa

from ._run import shown
from ._sources import Source, reraising
from .errors import UsageError

if TYPE_CHECKING:
    import pandas
    import polars

_SHOWN_ROWS = 10


class Result:
    """Batches as they are produced (`fetch_batches`, iteration, `__arrow_c_stream__`), in bounded memory and once; or all
    of them (`to_arrow`, `to_pandas`, `to_polars`), which are then kept, so that each may be asked for again."""

    def __init__(self, reader: Any, sources: Sequence[Source] = (), progress: Any = None) -> None:
        self._reader = reader
        self._sources = sources
        self._progress = progress
        self._schema = pa.schema(reader)
        self._table: pa.Table | None = None
        self._peeked: list[pa.RecordBatch] = []  # read for the sake of showing them
        self._streamed = False
        self._ended = False  # the reader has no more than what was peeked

    @property
    def schema(self) -> pa.Schema:
        return self._schema

    @property
    def column_names(self) -> list[str]:
        return self._schema.names

    @property
    def is_kept(self) -> bool:
        """Is all of it in memory, to be read again?"""
        return self._table is not None

    # All of it.

    def collect(self) -> Result:
        """Reads all rows into memory; gives itself."""
        self.to_arrow()
        return self

    def to_arrow(self) -> pa.Table:
        if self._table is None:
            self._check_unread()
            rest = pa.table(self._read_all()) if not self._ended else self._schema.empty_table()
            self._table = pa.Table.from_batches([*self._peeked, *rest.to_batches()], self._schema)
            self._peeked, self._ended = [], True
        return self._table

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """`options` are those of pyarrow.Table.to_pandas."""
        return self.to_arrow().to_pandas(**options)

    def to_polars(self) -> polars.DataFrame:
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pylist(self) -> list[dict[str, Any]]:
        return self.to_arrow().to_pylist()

    @property
    def num_rows(self) -> int:
        return self.to_arrow().num_rows

    def __len__(self) -> int:
        return self.num_rows

    # As a stream.

    def fetch_batches(self, rows_per_batch: int | None = None) -> Iterator[pa.RecordBatch]:
        """Batches of exactly `rows_per_batch` rows but for the last, or as they come."""
        if rows_per_batch is not None and rows_per_batch < 1:
            raise ValueError("rows_per_batch is at least 1")
        batches = self._batches()
        return batches if rows_per_batch is None else _rebatched(batches, rows_per_batch)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self._batches()

    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        if self._table is not None:
            return self._table.__arrow_c_stream__(requested_schema)
        if requested_schema is None and not self._peeked:
            self._take()
            return self._reader.__arrow_c_stream__()
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        return reader.__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """Ends the query; batches and tables that were given stay."""
        self._ended = True
        self._streamed = self._table is None
        self._reader.close()

    def __enter__(self) -> Result:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    # Showing.

    def head(self, rows: int = _SHOWN_ROWS) -> pa.Table:
        """The first rows; of a stream, no more is read than they need, and nothing is lost to those who read on."""
        if self._table is not None:
            return self._table.slice(0, rows)
        self._check_unread()
        while not self._ended and sum(batch.num_rows for batch in self._peeked) < rows:
            batch = self._next()
            if batch is not None:
                self._peeked.append(batch)
        return pa.Table.from_batches(self._peeked, self._schema).slice(0, rows)

    def __repr__(self) -> str:
        state = f"{self._table.num_rows:,} rows" if self._table is not None else "streamed" if self._streamed else "not read yet"
        columns = ", ".join(f"{field.name}: {field.type}" for field in self._schema)
        return f"<bowyer.Result {state}; {columns}>"

    def _repr_html_(self) -> str:
        if self._streamed:
            return f"<pre>{html.escape(repr(self))}</pre>"
        table = self.head(_SHOWN_ROWS)
        more = self._table is None and not self._ended or self._table is not None and self._table.num_rows > _SHOWN_ROWS
        return table_html(table, f"first {table.num_rows} rows" if more else f"{table.num_rows} rows")

    # Within.

    def _check_unread(self) -> None:
        if self._streamed:
            raise UsageError(
                "this result was read as a stream and is not kept; call collect() first to read it again",
                hint="call collect() first to read it again",
            )

    def _take(self) -> None:
        self._check_unread()
        self._streamed = True

    def _read_all(self) -> Any:
        with reraising(self._sources), shown(self._progress, "reading") as progress:
            return self._reader.read_all(progress)

    def _next(self) -> pa.RecordBatch | None:
        with reraising(self._sources):
            batch = self._reader.next_batch()
        if batch is None:
            self._ended = True
            return None
        return pa.record_batch(batch)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        if self._table is not None:
            return iter(self._table.to_batches())
        self._take()
        return self._stream()

    def _stream(self) -> Iterator[pa.RecordBatch]:
        peeked, self._peeked = self._peeked, []
        yield from peeked
        while not self._ended:
            batch = self._next()
            if batch is not None:
                yield batch


def _rebatched(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Slices where a batch has enough rows; joined ones, which are copies, where it has not."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        start = 0
        while held + batch.num_rows - start >= rows:
            part = batch.slice(start, rows - held)
            start += part.num_rows
            yield part if not waiting else pa.concat_batches([*waiting, part])
            waiting, held = [], 0
        if start < batch.num_rows:
            waiting.append(batch.slice(start))
            held += batch.num_rows - start
    if waiting:
        yield waiting[0] if len(waiting) == 1 else pa.concat_batches(waiting)


def table_html(table: pa.Table, caption: str) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return "<td style='opacity:.5'>null</td>"
        text = str(value)
        return f"<td>{html.escape(text if len(text) <= 80 else text[:79] + '…')}</td>"

    heads = "".join(f"<th>{html.escape(field.name)}<br><small>{html.escape(str(field.type))}</small></th>" for field in table.schema)
    columns = [column.to_pylist() for column in table.columns]
    rows = "".join("<tr>" + "".join(cell(column[i]) for column in columns) + "</tr>" for i in range(table.num_rows))
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
