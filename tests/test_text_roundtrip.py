"""Tables of random values -> text -> back by the same types: every value arrives bit by bit."""

import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import run

ROWS = 4000


def columns():
    """name -> (array with a tenth of nulls, the type as --type takes it)."""
    random = np.random.default_rng(1)
    bits = random.integers(-(2**63), 2**63 - 1, ROWS)
    # Of every magnitude, not only huge ones.
    numbers = [int(x) >> int(shift) for x, shift in zip(bits, random.integers(0, 64, ROWS))]
    alphabet = list('abc ,;"\n\r\té日😀#7-')

    def holey(values, type):
        return pa.array([None if random.random() < 0.1 else value for value in values], type)

    def decimals(digits, scale):
        with decimal.localcontext() as context:
            context.prec = 80
            return [decimal.Decimal(x * 10**digits).scaleb(-scale) for x in numbers]

    texts = ["".join(random.choice(alphabet, random.integers(0, 30))) for _ in range(ROWS)]
    special = [float("inf"), float("-inf"), float("nan"), -0.0, 5e-324]
    return {
        "i8": (holey([x % 200 - 100 for x in numbers], pa.int8()), "int8"),
        "i64": (holey(numbers, pa.int64()), "int64"),
        "u64": (holey([x % 2**64 for x in numbers], pa.uint64()), "uint64"),
        "f64": (holey(bits.view("f8"), pa.float64()), "float64"),
        "f32": (holey(bits.astype("i4").view("f4"), pa.float32()), "float32"),
        "price": (holey(np.round(random.exponential(60, ROWS), 2), pa.float64()), "float64"),
        "special": (holey(special * (ROWS // len(special)), pa.float64()), "float64"),
        "dec": (holey(decimals(0, 7), pa.decimal128(30, 7)), "decimal(30,7)"),
        "dec256": (holey(decimals(20, 30), pa.decimal256(60, 30)), "decimal256(60,30)"),
        "date": (pa.array(bits % 3_000_000 - 1_000_000, pa.int32()).cast(pa.date32()), "date32"),
        "time": (pa.array(bits % 86_400_000_000).cast(pa.time64("us")), "time64[us]"),
        "at": (pa.array(bits % 10**17).cast(pa.timestamp("us")), "timestamp[us]"),
        "at_ns": (pa.array(bits).cast(pa.timestamp("ns")), "timestamp[ns]"),
        "at_utc": (pa.array(bits // 1000).cast(pa.timestamp("ms", "UTC")), "timestamp[ms, UTC]"),
        "flag": (holey([x % 2 == 0 for x in numbers], pa.bool_()), "bool"),
        "text": (holey(texts, pa.string()), "text"),
        "long": (holey([text * 50 for text in texts], pa.string()), "text"),
        "bytes": (holey([random.bytes(x % 20) for x in numbers], pa.binary()), "binary"),
        "span": (pa.array(bits).cast(pa.duration("ns")), "duration[ns]"),
    }


def same(a, b):
    """Equal bit by bit; a NaN equals any other."""
    if not pa.types.is_floating(a.type):
        return a.equals(b)
    x, y = (np.asarray(column.fill_null(0)) for column in (a, b))
    whole = f"u{x.dtype.itemsize}"
    equal = (x.view(whole) == y.view(whole)) | (np.isnan(x) & np.isnan(y))
    return a.is_null().equals(b.is_null()) and bool(equal.all())


# What the JSON reader has no types for yet stays text there.
@pytest.mark.parametrize("suffix, left_out", [("csv", ()), ("tsv", ()), ("jsonl", ("bytes", "span"))])
def test_every_value_survives(tmp_path, suffix, left_out):
    chosen = {name: pair for name, pair in columns().items() if name not in left_out}
    table = pa.table({name: array for name, (array, _) in chosen.items()})
    pq.write_table(table, tmp_path / "in.parquet")
    run("copy", tmp_path / "in.parquet", tmp_path / f"t.{suffix}", check=0)
    types = [word for name, (_, type) in chosen.items() for word in ("--type", f"{name}={type}")]
    run("copy", tmp_path / f"t.{suffix}", tmp_path / "out.arrow", *types, check=0)
    back = pa.ipc.open_file(tmp_path / "out.arrow").read_all()
    assert back.num_rows == ROWS
    for name in chosen:
        assert back[name].type == table[name].type, name
        assert same(table[name], back[name]), name


@pytest.mark.parametrize(
    "values, type, name",
    [
        (["x", None], pa.string(), "text"),
        ([None, "x", None, None], pa.string(), "text"),
        (["", None, ""], pa.string(), "text"),
        ([None, "#a", "\ufeffb"], pa.string(), "text"),
        ([1, None], pa.int64(), "int64"),
        ([None], pa.float64(), "float64"),
    ],
)
def test_nulls_of_a_single_column_survive(tmp_path, values, type, name):
    pq.write_table(pa.table({"a": pa.array(values, type)}), tmp_path / "in.parquet")
    run("copy", tmp_path / "in.parquet", tmp_path / "t.csv", check=0)
    run("copy", tmp_path / "t.csv", tmp_path / "out.arrow", "--type", f"a={name}", check=0)
    assert pa.ipc.open_file(tmp_path / "out.arrow").read_all()["a"].to_pylist() == values
