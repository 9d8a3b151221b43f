"""Parquet files that Bowyer wrote, read by pyarrow, DuckDB and Polars: the same values, and the same rows
where a reader skips by statistics, since wrong bounds lose rows without a word."""

import datetime
import decimal
import math

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.compute
import pyarrow.dataset
import pyarrow.ipc
import pyarrow.parquet
import pytest
from conftest import run

CODECS = ["none", "snappy", "zstd", "zstd:9", "lz4", "gzip", "brotli"]
ROWS = 12_000


def table():
    random = numpy.random.default_rng(11)
    start = numpy.datetime64("2020-01-01T00:00:00", "us")

    def masked(values, type=None):
        return pyarrow.array(values, mask=random.random(ROWS) < 0.1, type=type)

    words = numpy.array(["books", "music", "Gärten", "toys", ""])
    lists = [None if i % 11 == 0 else [j if j % 3 else None for j in range(i % 5)] for i in range(ROWS)]
    return pyarrow.table(
        {
            "id": pyarrow.array(range(ROWS), pyarrow.int64()),
            "user": masked(random.integers(0, 1_000_000, ROWS)),
            "wild": masked(random.integers(-(2**63), 2**63 - 1, ROWS)),
            "small": masked(random.integers(-128, 128, ROWS), pyarrow.int8()),
            "uint8": masked(random.integers(0, 256, ROWS), pyarrow.uint8()),
            "uint32": masked(random.integers(0, 2**32, ROWS), pyarrow.uint32()),
            "uint64": masked(random.integers(0, 2**64, ROWS, dtype=numpy.uint64)),
            "cents": masked(numpy.round(random.exponential(60, ROWS), 2)),
            "ratio": masked(random.normal(size=ROWS)),
            "float": masked(random.normal(size=ROWS).astype(numpy.float32)),
            "with_nan": masked(numpy.where(random.random(ROWS) < 0.01, numpy.nan, random.normal(size=ROWS))),
            "word": masked(words[random.integers(0, 5, ROWS)]),
            "text": pyarrow.array([f"text {i * 7919 % ROWS} {'ü' * (i % 50)}" for i in range(ROWS)]),
            "long": pyarrow.array([chr(ord("a") + i % 26) * 200 + str(i) for i in range(ROWS)]),
            "bytes": masked([random.bytes(i % 9) for i in range(ROWS)], pyarrow.binary()),
            "flag": masked(random.random(ROWS) < 0.5),
            "day": masked((start + random.integers(0, 2000, ROWS).astype("timedelta64[D]")).astype("datetime64[D]")),
            "at": masked(start + random.integers(0, 10**14, ROWS).astype("timedelta64[us]")),
            "zoned": pyarrow.array(
                (start + numpy.arange(ROWS).astype("timedelta64[s]")), pyarrow.timestamp("ms", "UTC")
            ),
            "price": masked(
                [decimal.Decimal(int(v)).scaleb(-2) for v in random.integers(-(10**8), 10**8, ROWS)],
                pyarrow.decimal128(12, 2),
            ),
            "big": masked(
                [decimal.Decimal(int(v)) * 10**10 for v in random.integers(-(2**62), 2**62, ROWS)],
                pyarrow.decimal128(38, 0),
            ),
            "chosen": masked(words[random.integers(0, 5, ROWS)]).dictionary_encode(),
            "list": pyarrow.array(lists, pyarrow.list_(pyarrow.int64())),
            "struct": pyarrow.array(
                [None if i % 7 == 0 else {"a": i, "b": f"b{i % 100}" if i % 3 else None} for i in range(ROWS)],
                pyarrow.struct([("a", pyarrow.int32()), ("b", pyarrow.string())]),
            ),
            "void": pyarrow.nulls(ROWS),
        }
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("parquet") / "source.arrow"
    data = table()
    with pyarrow.ipc.new_file(path, data.schema) as writer:
        writer.write_table(data, max_chunksize=777)
    return path, data


@pytest.fixture(scope="module", params=["zstd", "none"])
def written(source, request):
    path = source[0].with_name(f"written-{request.param}.parquet")
    run("copy", source[0], path, "--compression", request.param, "--row-group-rows", 5000, check=0)
    return path, source[1]


def same(actual, expected):
    """Value by value: NaN equals NaN, dictionaries and their values are one."""
    assert actual.num_rows == expected.num_rows
    for name in expected.column_names:
        assert plain(actual[name]) == plain(expected[name]), name


def plain(column):
    return ["NaN" if isinstance(v, float) and math.isnan(v) else v for v in column.to_pylist()]


def test_pyarrow_reads_values_and_types(written):
    path, data = written
    back = pyarrow.parquet.read_table(path, page_checksum_verification=True)
    assert back.schema.equals(data.schema)
    same(back, data)


def test_duckdb_reads_values(written):
    path, data = written
    back = duckdb.sql(f"SELECT * EXCLUDE (void) FROM '{path}' ORDER BY id").to_arrow_table()
    same(back, data.drop_columns("void"))
    assert duckdb.sql(f"SELECT count(*) FROM '{path}' WHERE void IS NULL").fetchall() == [(ROWS,)]


def test_polars_reads_values(written):
    path, data = written
    same(polars.read_parquet(path).to_arrow(), data)
    same(polars.scan_parquet(path).collect(engine="streaming").to_arrow(), data)


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_are_read_by_all(source, codec):
    path = source[0].with_name(f"codec-{codec.replace(':', '-')}.parquet")
    run("copy", source[0], path, "--compression", codec, check=0)
    columns = ["id", "cents", "text", "list"]
    expected = source[1].select(columns)
    same(pyarrow.parquet.read_table(path, columns=columns, page_checksum_verification=True), expected)
    same(polars.read_parquet(path, columns=columns).to_arrow(), expected)
    same(duckdb.sql(f"SELECT {', '.join(columns)} FROM '{path}'").to_arrow_table(), expected)


def test_statistics_are_the_true_bounds(written):
    path, data = written
    metadata = pyarrow.parquet.read_metadata(path)
    begin = 0
    for g in range(metadata.num_row_groups):
        group = metadata.row_group(g)
        rows = data.slice(begin, group.num_rows)
        begin += group.num_rows
        for c in range(group.num_columns):
            chunk = group.column(c)
            name = chunk.path_in_schema
            if "." in name:
                continue
            values = rows[name]
            assert chunk.statistics.null_count == values.null_count, name
            if name in ("void",):
                assert not chunk.statistics.has_min_max
                continue
            if name == "with_nan":
                assert not chunk.statistics.has_min_max
                continue
            low, high = chunk.statistics.min, chunk.statistics.max
            values = [v for v in values.to_pylist() if v is not None]
            if name in ("long", "text"):
                # Cut to 64 bytes, the upper one rounded up.
                assert low <= min(values) and min(values).startswith(low), name
                assert high >= max(values) and len(high.encode()) <= 64, name
                continue
            if name in ("bytes",):
                assert (low, high) == (min(values), max(values)), name
                continue
            if isinstance(values[0], datetime.datetime):
                assert low.replace(tzinfo=None) == min(values).replace(tzinfo=None), name
                assert high.replace(tzinfo=None) == max(values).replace(tzinfo=None), name
                continue
            key = (lambda s: s.encode()) if isinstance(values[0], str) else None
            assert (low, high) == (min(values, key=key), max(values, key=key)), name


COMPARED = [
    "id", "user", "wild", "small", "uint8", "uint32", "uint64", "cents", "ratio", "float", "with_nan",
    "word", "text", "long", "day", "at", "price", "big",
]  # fmt: skip


@pytest.mark.parametrize("name", COMPARED)
def test_filters_find_the_rows_that_they_should(written, name):
    path, data = written
    expected_of = data.select(["id"] if name == "id" else ["id", name])
    values = [v for v in data[name].to_pylist() if v is not None and v == v]
    ordered = sorted(values, key=(lambda s: s.encode()) if isinstance(values[0], str) else None)
    frame = polars.from_arrow(expected_of)
    memory = duckdb.connect()
    memory.register("expected", expected_of)
    # Also values that are in one row group only, and the bounds themselves.
    for value in {ordered[0], ordered[len(ordered) // 2], ordered[-1], values[8000]}:
        for operator in ("<", "<=", "=", ">=", ">"):
            literal = polars.lit(value, dtype=frame.schema[name])
            condition = {
                "<": polars.col(name) < literal, "<=": polars.col(name) <= literal,
                "=": polars.col(name) == literal, ">=": polars.col(name) >= literal,
                ">": polars.col(name) > literal,
            }[operator]  # fmt: skip
            rows = frame.filter(condition)["id"].to_list()
            assert polars.scan_parquet(path).filter(condition).select("id").collect()["id"].to_list() == rows

            query = f'SELECT id FROM {{}} WHERE "{name}" {operator} $1 ORDER BY id'
            truth = memory.execute(query.format("expected"), [value]).fetchall()
            assert memory.execute(query.format(f"'{path}'"), [value]).fetchall() == truth

            field = pyarrow.compute.field(name)
            scalar = pyarrow.scalar(value, data.schema.field(name).type)
            condition = {"<": field < scalar, "<=": field <= scalar, "=": field == scalar,
                         ">=": field >= scalar, ">": field > scalar}[operator]  # fmt: skip
            found = pyarrow.dataset.dataset(path).to_table(filter=condition, columns=["id"])
            assert found == expected_of.filter(condition).select(["id"])


def test_aggregates_from_statistics_are_true(written):
    path, data = written
    for name in ("user", "wild", "uint64", "long", "text", "cents", "price", "big", "day", "at"):
        low, high = duckdb.sql(f'SELECT min("{name}"), max("{name}") FROM \'{path}\'').fetchall()[0]
        truth = pyarrow.compute.min_max(data[name]).as_py()
        assert (low, high) == (truth["min"], truth["max"]), name
        frame = polars.scan_parquet(path).select(
            polars.col(name).min().alias("low"), polars.col(name).max().alias("high")
        )
        assert frame.collect().row(0) == (truth["min"], truth["max"]), name
