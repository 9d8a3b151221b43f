"""Expressions: col("amount") > 100, when(...).then(...), and the functions that make them."""

from __future__ import annotations

import datetime
from typing import Any, Iterable, Mapping, Sequence, Union

from ._library import native

Expr = native.Expr
OrderKey = native.OrderKey

#: Where columns are expected: an expression, or a column's name.
ExprLike = Any
OrderLike = Union[str, Any]

col = native.col
months = native.months
days = native.days
seconds = native.seconds
row_number = native.row_number
rank = native.rank
dense_rank = native.dense_rank
percent_rank = native.percent_rank
ntile = native.ntile


def lit(value: Any) -> Expr:
    """A value where a column's name would be expected."""
    return Expr(value)


def expression(text: str) -> Expr:
    """An expression as on the command line: "amount > 100 and kind = 'new'"."""
    return native.parse(text)


def _column(value: ExprLike) -> Expr:
    return col(value) if isinstance(value, str) else value if isinstance(value, Expr) else Expr(value)


def columns_of(columns: Iterable[ExprLike | Iterable[ExprLike]], named: Mapping[str, ExprLike]) -> list[Expr]:
    """Arguments (lists among them are taken apart) and keyword arguments, which name what they are."""
    flat: list[Expr] = []
    for value in columns:
        if isinstance(value, (list, tuple, set)):
            flat.extend(_column(one) for one in value)
        else:
            flat.append(_column(value))
    return flat + [_column(value).alias(name) for name, value in named.items()]


def condition_of(condition: Expr | str) -> Expr:
    return native.parse(condition) if isinstance(condition, str) else Expr(condition)


def order_of(key: OrderLike, descending: bool = False, nulls_first: bool = False) -> OrderKey:
    if isinstance(key, OrderKey):
        return key
    return OrderKey(_column(key), descending, nulls_first)


def asc(column: ExprLike, *, nulls_first: bool = False) -> OrderKey:
    return OrderKey(_column(column), False, nulls_first)


def desc(column: ExprLike, *, nulls_first: bool = False) -> OrderKey:
    return OrderKey(_column(column), True, nulls_first)


def _over(
    self: Expr,
    *partition: ExprLike,
    order_by: OrderLike | Sequence[OrderLike] = (),
    rows: tuple[int | None, int | None] | None = None,
) -> Expr:
    """An aggregate or window function over the rows with equal values of `partition`, in an order. With one, aggregates
    run up to the current row unless `rows` says otherwise: (-6, 0) is it and the six before, None is unbounded."""
    return self._over(columns_of(partition, {}), _orders(order_by), rows)


def _order_by(self: Expr, *keys: OrderLike) -> Expr:
    """Of first, last, collect and join_text: the order in which values are taken."""
    return self._order_by(_orders(keys))


def _orders(keys: OrderLike | Sequence[OrderLike]) -> list[OrderKey]:
    if isinstance(keys, (str, Expr, OrderKey)):
        keys = [keys]
    return [order_of(key) for key in keys]


# Python's habits on the module's class; the rest of its methods are C++'s own.
for _name, _method in (("over", _over), ("order_by", _order_by), ("as_", Expr.alias)):
    setattr(Expr, _name, _method)


def _apply(value: ExprLike, method: str, *arguments: Any) -> Expr:
    return getattr(_column(value), method)(*arguments)


def count(value: ExprLike | None = None) -> Expr:
    """Rows, or values that are not null."""
    return native.count_rows() if value is None else _apply(value, "count")


def count_distinct(value: ExprLike) -> Expr:
    return _apply(value, "count_distinct")


def sum(value: ExprLike) -> Expr:
    """Of integers a decimal of 38 digits: it does not overflow."""
    return _apply(value, "sum")


def mean(value: ExprLike) -> Expr:
    return _apply(value, "mean")


def min(value: ExprLike) -> Expr:
    return _apply(value, "min")


def max(value: ExprLike) -> Expr:
    return _apply(value, "max")


def first(value: ExprLike) -> Expr:
    return _apply(value, "first")


def last(value: ExprLike) -> Expr:
    return _apply(value, "last")


def median(value: ExprLike) -> Expr:
    return _apply(value, "median")


def quantile(value: ExprLike, fraction: float) -> Expr:
    return _apply(value, "quantile", fraction)


def stddev(value: ExprLike) -> Expr:
    return _apply(value, "stddev")


def variance(value: ExprLike) -> Expr:
    return _apply(value, "variance")


def mode(value: ExprLike) -> Expr:
    return _apply(value, "mode")


def collect(value: ExprLike) -> Expr:
    """A list, nulls included."""
    return _apply(value, "collect")


def join_text(value: ExprLike, separator: str) -> Expr:
    return _apply(value, "join_text", separator)


def correlation(x: ExprLike, y: ExprLike) -> Expr:
    return native.correlation(_column(x), _column(y))


def _values(values: Iterable[Any]) -> list[Expr]:
    return [Expr(value) for value in values]


def coalesce(*values: Any) -> Expr:
    """The first that is not null. Text is text here, columns are col(...)."""
    return native.coalesce(_values(values))


def greatest(*values: Any) -> Expr:
    return native.greatest(_values(values))


def least(*values: Any) -> Expr:
    return native.least(_values(values))


def make_list(*values: Any) -> Expr:
    return native.make_list(_values(values))


def make_struct(*fields: Any, **named: Any) -> Expr:
    """Fields are named as columns are, or by their keywords."""
    return native.make_struct([Expr(field) for field in fields] + [Expr(value).alias(name) for name, value in named.items()])


def date(year: int, month: int, day: int) -> Expr:
    return Expr(datetime.date(year, month, day))


class Case:
    """when(a).then(x).when(b).then(y).otherwise(z); without otherwise, null."""

    def __init__(self, condition: Any) -> None:
        self._condition = condition

    def then(self, value: Any) -> CaseValue:
        return CaseValue(self._condition.then(Expr(value)))


class CaseValue:
    def __init__(self, value: Any) -> None:
        self._value = value

    def when(self, condition: Expr | str) -> Case:
        return Case(self._value.when(condition_of(condition)))

    def otherwise(self, value: Any = None) -> Expr:
        return self._value.otherwise(Expr(value))


def when(condition: Expr | str) -> Case:
    return Case(native.when(condition_of(condition)))
