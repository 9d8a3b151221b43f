"""Tables of Python's libraries go in and come out: all kinds, the same values, without copies where types allow."""

import gc

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import bowyer
from bowyer import col

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 4], pa.int64()),
        "name": ["a", None, "c", "d"],
        "amount": [1.5, 2.5, None, 4.0],
    }
)


def relation():
    return duckdb.from_arrow(TABLE)


SOURCES = {
    "table": lambda: TABLE,
    "batch": lambda: TABLE.to_batches()[0],
    "reader": lambda: TABLE.to_reader(),
    "dataset": lambda: ds.dataset(TABLE),
    "pandas": lambda: TABLE.to_pandas(),
    "polars": lambda: pl.from_arrow(TABLE),
    "relation": relation,
    "dict": lambda: {name: TABLE[name] for name in TABLE.column_names},
    "generator": lambda: (batch for batch in TABLE.to_batches(max_chunksize=1)),
    "generator function": lambda: lambda: iter(TABLE.to_batches(max_chunksize=1)),
    "frames": lambda: [pl.from_arrow(TABLE.slice(0, 2)), pl.from_arrow(TABLE.slice(2))],
    "frame": lambda: bowyer.scan(TABLE),
    "result": lambda: bowyer.sql("select * from t", {"t": TABLE}),
}


def same(found, expected=TABLE):
    return found.to_pylist() == expected.to_pylist() and found.column_names == expected.column_names


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_table_is_a_source(kind, tmp_path):
    make = SOURCES[kind]
    expected = TABLE
    if kind == "pandas":  # its nulls in numbers are not-a-numbers
        expected = pa.table(make())
    assert same(bowyer.sql("select * from t order by id", {"t": make()}).to_arrow(), expected)
    assert same(bowyer.scan(make()).sort("id").collect().to_arrow(), expected)
    assert same(bowyer.read(make()).to_arrow(), expected)
    assert bowyer.scan(make()).filter(col("id") > 2).select("id").to_arrow().to_pydict() == {"id": [3, 4]}
    report = bowyer.copy(make(), tmp_path / "out.parquet", where="id > 1", select=["name", "id as n"])
    assert report.rows == 3
    assert pq.read_table(tmp_path / "out.parquet")["n"].to_pylist() == [2, 3, 4]


@pytest.mark.parametrize("kind", ["table", "dataset", "pandas", "polars", "relation", "generator function", "frame"])
def test_a_frame_of_what_can_be_read_again_runs_again(kind):
    frame = bowyer.scan(SOURCES[kind]())
    for _ in range(3):
        assert frame.filter(col("id") >= 3).count() == 2


@pytest.mark.parametrize("kind", ["reader", "generator", "result"])
def test_a_stream_is_read_by_one_run(kind):
    frame = bowyer.scan(SOURCES[kind]())
    assert frame.count() == 4
    with pytest.raises(bowyer.UsageError, match="was read already|read as a stream"):
        frame.count()


def test_record_arrays():
    array = np.array([(1, 2.5, b"x"), (2, 3.5, b"y")], dtype=[("a", "i4"), ("b", "f8"), ("c", "S1")])
    found = bowyer.scan(array).filter(col("b") > 3).collect()
    assert found.to_pylist() == [{"a": 2, "b": 3.5, "c": b"y"}]
    assert bowyer.scan(array.view(np.recarray)).columns == ["a", "b", "c"]


def test_what_is_no_table_is_a_type_error():
    for value in (5, object(), None):
        with pytest.raises(TypeError, match="is no table"):
            bowyer.scan(value)
    with pytest.raises(TypeError, match="delimiter"):
        bowyer.scan(TABLE, delimiter=";")
    with pytest.raises(bowyer.UsageError, match="no schema"):
        bowyer.scan(iter(()))


def test_an_exception_of_a_generator_is_that_exception():
    def broken():
        yield TABLE.to_batches()[0]
        raise KeyError("the shop is closed")

    with pytest.raises(KeyError, match="the shop is closed") as caught:
        bowyer.scan(broken()).collect()
    assert isinstance(caught.value.__cause__, bowyer.Error)
    with pytest.raises(KeyError):
        bowyer.sql("select * from t", {"t": broken}).to_arrow()
    with pytest.raises(KeyError):
        bowyer.read(broken()).to_arrow()


# Zero copies, by the addresses of buffers.


def addresses(table):
    return {
        (name, index): buffer.address
        for name in table.column_names
        for chunk in table[name].chunks
        for index, buffer in enumerate(chunk.buffers())
        if buffer is not None and buffer.size > 0
    }


def test_arrow_tables_pass_through_without_a_copy():
    table = pa.table({"i": pa.array(range(10000), pa.int64()), "s": [str(i) for i in range(10000)]})
    for value in (table, table.to_reader(), table.to_batches()[0]):
        assert addresses(bowyer.read(value).to_arrow()) == addresses(table)
    [batch] = bowyer.read(table).fetch_batches()
    assert addresses(pa.table(batch)) == addresses(table)


def test_pandas_and_polars_pass_through_without_a_copy():
    numbers = np.arange(100_000, dtype=np.int64)
    frame = pd.DataFrame({"i": numbers}, copy=False)
    at = frame["i"].to_numpy().ctypes.data
    assert addresses(bowyer.read(frame).to_arrow())["i", 1] == at
    back = bowyer.read(frame).to_arrow()["i"].chunk(0).to_numpy(zero_copy_only=True)
    assert back.ctypes.data == at
    polars = pl.DataFrame({"i": numbers, "x": numbers * 0.5})
    through = bowyer.read(polars).to_polars()
    assert through["x"].to_numpy().ctypes.data == polars["x"].to_numpy().ctypes.data


def test_a_result_reaches_pandas_and_polars_without_a_copy():
    result = bowyer.sql("select range as i from range(1000)").collect()
    at = addresses(result.to_arrow())["i", 1]
    assert result.to_polars()["i"].to_numpy().ctypes.data == at
    assert result.to_arrow()["i"].chunk(0).to_numpy(zero_copy_only=True).ctypes.data == at


def test_batches_outlive_everything_that_they_came_of():
    result = bowyer.sql("select range as i, 'text ' || range as s from range(300000)")
    batches = list(result.fetch_batches(50_000))
    del result
    gc.collect()
    assert [batch.num_rows for batch in batches] == [50_000] * 6
    assert batches[-1]["s"][49_999].as_py() == "text 299999"
