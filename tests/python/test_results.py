"""Results: streams and tables, shown in notebooks, read twice only when they are kept."""

import datetime
import decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bowyer
from bowyer import col


def numbers(rows=1000):
    return bowyer.sql(f"select range as i, 'n' || range as s from range({rows})")


def test_a_kept_result_is_given_again_and_again():
    result = numbers()
    assert "not read yet" in repr(result)
    assert isinstance(result.to_pandas(), pd.DataFrame)
    assert isinstance(result.to_polars(), pl.DataFrame)
    assert isinstance(result.to_arrow(), pa.Table)
    assert len(result) == 1000
    assert pa.table(result).num_rows == 1000
    assert sum(batch.num_rows for batch in result) == 1000
    assert "1,000 rows" in repr(result)
    assert result.column_names == ["i", "s"] and result.schema.field("i").type == pa.int64()


def test_a_streamed_result_says_that_it_was_read():
    result = numbers()
    assert sum(batch.num_rows for batch in result) == 1000
    for again in (result.to_arrow, result.head, lambda: list(result), lambda: pa.table(result)):
        with pytest.raises(bowyer.UsageError, match="collect"):
            again()


@pytest.mark.parametrize("rows", [1, 7, 100, 999, 1000, 5000])
def test_batches_have_as_many_rows_as_wanted(rows):
    batches = list(numbers().fetch_batches(rows))
    assert {batch.num_rows for batch in batches[:-1]} <= {rows}
    assert [i for batch in batches for i in batch["i"].to_pylist()] == list(range(1000))
    streamed = bowyer.scan(numbers().collect()).stream(rows_per_batch=rows)
    assert max(batch.num_rows for batch in streamed) <= rows


def test_others_read_a_result_through_arrows_interface():
    assert pl.DataFrame(numbers()).height == 1000
    assert pd.DataFrame.from_arrow(numbers()).shape == (1000, 2)
    result = numbers()
    assert duckdb.sql("select sum(i) from result").fetchall() == [(499500,)]
    wanted = pa.schema([("i", pa.int32()), ("s", pa.large_string())])
    assert pa.RecordBatchReader.from_stream(numbers(), wanted).schema == wanted


def test_a_result_is_shown_without_being_lost():
    result = numbers(2_000_000)
    shown = result._repr_html_()
    assert "<th>i" in shown and "first 10 rows" in shown
    assert result.head(3)["i"].to_pylist() == [0, 1, 2]
    assert sum(batch.num_rows for batch in result) == 2_000_000
    assert "streamed" in result._repr_html_()
    few = bowyer.sql("select '<b>' as html, null as nothing")
    assert "&lt;b&gt;" in few._repr_html_() and "1 rows" in few._repr_html_()
    assert few.to_pylist() == [{"html": "<b>", "nothing": None}]
    assert "2,000,000" not in shown


def test_a_closed_result_ends():
    with numbers(10_000_000) as result:
        first = next(iter(result))
    assert first.num_rows > 0
    with pytest.raises(bowyer.UsageError):
        result.to_arrow()


@pytest.mark.parametrize("value", [None, b"ab", [1, 2], {"a": 1}])
def test_what_has_no_text_is_no_parameter(value):
    with pytest.raises(TypeError, match="parameter x"):
        bowyer.sql("select $x as x", parameters={"x": value})


def test_parameters_of_each_type_compare_as_they_are():
    day, moment = datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5, 6)
    query = "select 5 > $n as n, $yes::bool as yes, $price::decimal(5,2) as price, $day::date as day, $at::timestamp as at"
    given = {"n": 10, "yes": True, "price": decimal.Decimal("1.20"), "day": day, "at": moment}
    row = bowyer.sql(query, parameters=given).to_pylist()[0]
    assert row == {"n": False, "yes": True, "price": decimal.Decimal("1.20"), "day": day, "at": moment}


def test_whole_numbers_of_numpy_are_parameters():
    given = {"x": np.int64(2**62 + 1), "y": np.uint8(7)}
    row = bowyer.sql("select $x::bigint as x, $y::int as y", parameters=given).to_pylist()[0]
    assert row == {"x": 2**62 + 1, "y": 7}


def test_parameters_and_types():
    result = bowyer.sql("select $name as name, $count::int as n", parameters={"name": "o'neil", "count": 3})
    assert result.to_pylist() == [{"name": "o'neil", "n": 3}]
    values = {
        "d": datetime.date(2026, 1, 2),
        "t": datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
        "m": decimal.Decimal("12.50"),
        "b": b"\x00\xff",
        "big": 2**40,
        "none": None,
        "yes": True,
    }
    frame = bowyer.scan({"x": [1]}).select(**{name: bowyer.lit(value) for name, value in values.items()})
    assert frame.collect().to_pylist() == [values]


def test_statements_without_a_result():
    with bowyer.Engine() as engine:
        engine.sql("create table t as select 1 as a").to_arrow()
        assert engine.sql("insert into t values (2)").to_arrow().num_rows == 1
        assert engine.sql("select count(*) as n from t").to_pylist() == [{"n": 2}]


def test_an_engine_keeps_names_and_a_database(tmp_path):
    with bowyer.Engine(tmp_path / "shop.duckdb") as engine:
        engine.sql("create table kept as select 42 as answer").to_arrow()
        engine.register("mine", {"a": [1, 2, 3]})
        assert engine.scan("mine").filter(col("a") > 1).count() == 2
        one, two = engine.sql("select * from mine"), engine.sql("select answer from kept")
        assert two.to_pylist() == [{"answer": 42}] and len(one) == 3
        engine.unregister("mine")
        with pytest.raises(bowyer.UsageError, match="mine"):
            engine.sql("select * from mine")
        assert "kept" in engine.explain("select * from kept")
    with pytest.raises(bowyer.UsageError, match="closed"):
        engine.sql("select 1")
    with bowyer.Engine(tmp_path / "shop.duckdb", read_only=True) as engine:
        assert engine.sql("from kept").to_pylist() == [{"answer": 42}]
        with pytest.raises(bowyer.UsageError, match="read-only|read.only"):
            engine.sql("drop table kept")
