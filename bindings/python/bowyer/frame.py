"""LazyFrame: a query as a value, built step by step, run by collect, stream or sink."""

from __future__ import annotations

from typing import Any, Iterable, Literal, Mapping, Sequence

import pyarrow as pa

from ._destinations import write_to
from ._library import native
from ._run import ProgressFunction, make_context, shown
from ._sources import Source, reraising
from .expr import Expr, ExprLike, OrderLike, columns_of, condition_of, order_of
from .reports import CopyReport
from .result import Result

JoinKind = Literal["inner", "left", "right", "full", "semi", "anti"]
#: A column of both sides, or a pair of one of each; or several of them.
On = Any


class LazyFrame:
    """What is to be done, not data. Each call gives a new frame; names and types are checked at each of them, so a wrong
    one is an exception at its line. `bowyer.scan` makes the first."""

    def __init__(self, frame: Any, sources: Sequence[Source], engine: Any = None) -> None:
        self._frame = frame
        self._sources = tuple(sources)
        self._engine = engine  # None: a new one for each run

    def _new(self, frame: Any) -> LazyFrame:
        return LazyFrame(frame, self._sources, self._engine)

    def _with(self, other: LazyFrame) -> LazyFrame:
        """This frame, with what `other` needs to run."""
        if None not in (self._engine, other._engine) and self._engine is not other._engine:
            raise ValueError("these frames belong to two engines: scan both with one of them")
        return LazyFrame(self._frame, self._sources + other._sources, self._engine or other._engine)

    # Columns and rows.

    def select(self, *columns: ExprLike | Iterable[ExprLike], **named: ExprLike) -> LazyFrame:
        """Columns, in this order; text is a column's name."""
        return self._new(self._frame.select(columns_of(columns, named)))

    def with_columns(self, *columns: ExprLike | Iterable[ExprLike], **named: ExprLike) -> LazyFrame:
        """All columns and these: in place of one of the same name, otherwise behind them."""
        return self._new(self._frame.with_columns(columns_of(columns, named)))

    def drop(self, *names: str) -> LazyFrame:
        return self._new(self._frame.drop(list(names)))

    def rename(self, names: Mapping[str, str]) -> LazyFrame:
        """Old name -> new name."""
        return self._new(self._frame.rename(list(names.items())))

    def filter(self, *conditions: Expr | str) -> LazyFrame:
        """The rows for which all conditions are true: expressions, or text as on the command line."""
        frame = self._frame
        for condition in conditions:
            frame = frame.filter(condition_of(condition))
        return self._new(frame)

    def group_by(self, *keys: ExprLike | Iterable[ExprLike], **named: ExprLike) -> GroupedFrame:
        """To be followed by agg(): a row for each combination of the keys' values, null being one."""
        return GroupedFrame(self, columns_of(keys, named))

    def agg(self, *aggregates: Expr | Iterable[Expr], **named: Expr) -> LazyFrame:
        """One row of all."""
        return self._new(self._frame.agg(columns_of(aggregates, named)))

    def sort(self, *keys: OrderLike, descending: bool = False, nulls_first: bool = False) -> LazyFrame:
        """Names, expressions, or asc() and desc() of them. Calls that keep rows keep this order."""
        return self._new(self._frame.sort([order_of(key, descending, nulls_first) for key in keys]))

    def limit(self, rows: int, offset: int = 0) -> LazyFrame:
        return self._new(self._frame.limit(rows, offset))

    def head(self, rows: int = 5) -> LazyFrame:
        return self.limit(rows)

    def distinct(self) -> LazyFrame:
        return self._new(self._frame.distinct())

    def unnest(self, column: str) -> LazyFrame:
        """A row for each element of a list column, which takes the list's place."""
        return self._new(self._frame.unnest(column))

    def pivot(self, index: ExprLike | Iterable[ExprLike], on: ExprLike, values: Iterable[Any], aggregate: Expr) -> LazyFrame:
        """A row for each combination of `index`; for each of `values` a column with the aggregate of the rows in which
        `on` is it."""
        key = columns_of((on,), {})[0]
        return self._new(self._frame.pivot(columns_of((index,), {}), key, list(values), aggregate))

    # Several frames.

    def join(
        self,
        right: LazyFrame,
        on: On,
        how: JoinKind = "inner",
        *,
        suffix: str = "_right",
        condition: Expr | str | None = None,
    ) -> LazyFrame:
        """Rows of both sides that are equal `on`: a name, a pair (left, right), or a list of them. A column of the right
        whose name the left has, too, gets the suffix. `condition`: what else must hold of a pair."""
        also = None if condition is None else condition_of(condition)
        return self._with(right)._new(self._frame.join(right._frame, _on(on), how, suffix, also))

    def cross_join(self, right: LazyFrame, *, suffix: str = "_right") -> LazyFrame:
        return self._with(right)._new(self._frame.cross_join(right._frame, suffix))

    def join_asof(
        self,
        right: LazyFrame,
        by: On,
        on: On = (),
        *,
        direction: Literal["backward", "forward"] = "backward",
        how: Literal["left", "inner"] = "left",
        suffix: str = "_right",
        condition: Expr | str | None = None,
    ) -> LazyFrame:
        """For each row of the left the row of the right that is nearest in `by` among those equal in `on`."""
        if direction not in ("backward", "forward"):
            raise ValueError(f"direction is 'backward' or 'forward', not {direction!r}")
        also = None if condition is None else condition_of(condition)
        forward = direction == "forward"
        frame = self._frame.join_asof(right._frame, _on(by)[0], _on(on), forward, how, suffix, also)
        return self._with(right)._new(frame)

    def union(self, *others: LazyFrame) -> LazyFrame:
        """The rows of all. The columns have the same names; types become one that holds both."""
        frame = self
        for other in others:
            frame = frame._with(other)._new(frame._frame.union(other._frame))
        return frame

    # What it is.

    @property
    def schema(self) -> pa.Schema:
        """The columns of the result, without running anything."""
        return pa.schema(self._frame)

    @property
    def columns(self) -> list[str]:
        return self.schema.names

    def sql(self) -> str:
        """The query as one SELECT in DuckDB's dialect."""
        return self._frame.sql()

    def explain(self, analyze: bool = False) -> str:
        """The engine's plan; analyze: run, with rows and times of each step."""
        with reraising(self._sources):
            return self._engine_for(None, None).explain(self._frame, analyze)

    def __repr__(self) -> str:
        columns = ", ".join(f"{field.name}: {field.type}" for field in self.schema)
        return f"<bowyer.LazyFrame {columns}>"

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.sql())}</pre>"

    # Running.

    def _engine_for(self, threads: int | None, memory: int | str | None) -> Any:
        return self._engine or native.Engine(make_context(threads, memory, holds_results=True))

    def collect(
        self,
        *,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: bool | ProgressFunction | None = None,
    ) -> Result:
        """The result in memory."""
        return self.stream(threads=threads, memory=memory, progress=progress).collect()

    def stream(
        self,
        rows_per_batch: int | None = None,
        *,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: bool | ProgressFunction | None = None,
    ) -> Result:
        """The result as it is produced, in bounded memory."""
        engine = self._engine_for(threads, memory)
        with reraising(self._sources), shown(progress, "query") as each:
            reader = engine.stream(self._frame, rows_per_batch or 0, each)
        return Result(reader, self._sources, progress)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.stream().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def sink(
        self,
        destination: Any,
        *,
        threads: int | None = None,
        memory: int | str | None = None,
        progress: bool | ProgressFunction | None = None,
        **write: Any,
    ) -> CopyReport:
        """The result written in bounded memory, all or nothing, to a location or a file object; `write` are the options
        of bowyer.copy."""
        engine = self._engine or native.Engine(make_context(threads, memory))

        def run(target: str) -> dict[str, Any]:
            with reraising(self._sources), shown(progress, "writing") as each:
                return engine.sink(self._frame, target, write, each)

        return write_to(destination, write, run)

    def count(self, *, progress: bool | ProgressFunction | None = None) -> int:
        """How many rows there are."""
        with reraising(self._sources), shown(progress, "counting") as each:
            return self._engine_for(None, None).count(self._frame, each)

    def to_arrow(self) -> pa.Table:
        return self.collect().to_arrow()

    def to_pandas(self, **options: Any) -> Any:
        return self.collect().to_pandas(**options)

    def to_polars(self) -> Any:
        return self.collect().to_polars()


class GroupedFrame:
    """Rows by keys: agg() makes a frame of it."""

    def __init__(self, frame: LazyFrame, keys: list[Expr]) -> None:
        self._frame = frame
        self._keys = keys

    def agg(self, *aggregates: Expr | Iterable[Expr], **named: Expr) -> LazyFrame:
        """The keys, then the aggregates; expressions of aggregates and keys, too."""
        return self._frame._new(self._frame._frame.group_agg(self._keys, columns_of(aggregates, named)))


def _on(on: On) -> list[Any]:
    def pair(key: Any) -> Any:
        if isinstance(key, str):
            return key
        if isinstance(key, tuple) and len(key) == 2:
            left, right = (columns_of((side,), {})[0] for side in key)
            return (left, right)
        raise TypeError(f"{key!r} is no column of both sides, nor a pair (left, right)")

    if isinstance(on, (str, tuple)) and on != ():
        return [pair(on)]
    return [pair(key) for key in on]
