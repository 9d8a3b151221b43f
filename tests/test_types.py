"""--type col=type for every format: exact or refused, and what Bowyer spells reads back."""

import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet
import pytest

from conftest import leftovers, run

FORMATS = ["csv", "jsonl", "parquet", "arrow", "arrows", "orc"]
STORED = ["parquet", "arrow", "arrows", "orc"]


def write(path, table):
    suffix = str(path).rsplit(".", 1)[1]
    if suffix == "parquet":
        pa.parquet.write_table(table, path)
    elif suffix == "orc":
        pa.orc.write_table(table, path)
    elif suffix == "arrows":
        with pa.ipc.new_stream(path, table.schema) as writer:
            writer.write_table(table)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)


def read(path):
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_name_that_is_no_column_is_refused_with_the_closest(tmp_path, suffix):
    (tmp_path / "s.csv").write_text("id,amount\n1,2\n")
    run("copy", "s.csv", f"t.{suffix}", cwd=tmp_path, check=0)
    for command in (["copy", f"t.{suffix}", "o.parquet"], ["inspect", f"t.{suffix}"]):
        result = run(*command, "--type", "amonut=text", cwd=tmp_path, check=2)
        assert 'there is no column "amonut"; did you mean "amount"?' in result.stderr
    assert leftovers(tmp_path) == sorted(["s.csv", f"t.{suffix}"] if suffix != "csv" else ["s.csv", "t.csv"])


def test_a_json_key_may_come_behind_the_sample_but_must_come(tmp_path):
    lines = ['{"id":%d}' % i for i in range(100)] + ['{"id":100,"late":null}', '{"id":101,"late":7}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n")
    run("copy", "t.jsonl", "o.arrow", "--sample-rows", "10", "--type", "late=int8", cwd=tmp_path, check=0)
    assert read(tmp_path / "o.arrow")["late"].to_pylist()[99:] == [None, None, 7]
    result = run("copy", "t.jsonl", "p.arrow", "--sample-rows", "10", "--type", "lat=int8",
                 "--type", "late=int8", cwd=tmp_path, check=2)
    assert 'there is no column "lat"; did you mean "late"?' in result.stderr
    assert not (tmp_path / "p.arrow").exists()


def test_a_typed_column_may_stand_in_one_of_several_sources(tmp_path):
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "b.csv").write_text("id,zip\n2,7\n")
    run("copy", "a.csv", "b.csv", "o.arrow", "--union", "--type", "zip=int8", cwd=tmp_path, check=0)
    assert read(tmp_path / "o.arrow")["zip"].to_pylist() == [None, 7]
    result = run("copy", "a.csv", "b.csv", "p.arrow", "--union", "--type", "zap=int8", cwd=tmp_path, check=2)
    assert 'did you mean "zip"?' in result.stderr


@pytest.mark.parametrize("suffix", STORED)
def test_stored_columns_are_cast_exactly(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    write(path, pa.table({
        "i": pa.array([1, None, 127], pa.int64()),
        "f": pa.array([0.5, -0.0, None], pa.float64()),
        "s": pa.array(["12", "-7", None]),
        "d": pa.array([datetime.date(2026, 11, 21), None, None]),
    }))
    run("copy", path, "o.arrow", "--type", "i=int8", "--type", "f=float32", "--type", "s=int64",
        "--type", "d=timestamp[us]", cwd=tmp_path, check=0)
    table = read(tmp_path / "o.arrow")
    assert [str(t) for t in table.schema.types] == ["int8", "float", "int64", "timestamp[us]"]
    assert table["i"].to_pylist() == [1, None, 127]
    assert str(table["f"].to_pylist()) == "[0.5, -0.0, None]"
    assert table["s"].to_pylist() == [12, -7, None]
    assert table["d"].to_pylist() == [datetime.datetime(2026, 11, 21), None, None]
    # Only what is asked for is cast.
    run("copy", path, "p.arrow", "--type", "i=int8", "--select", "s", cwd=tmp_path, check=0)
    assert read(tmp_path / "p.arrow").column_names == ["s"]


@pytest.mark.parametrize("suffix", STORED)
@pytest.mark.parametrize("values, type, text", [
    (pa.array([1, 2, None, 300]), "int8", "300 cannot be read as int8 without loss"),
    (pa.array([1.0, 0.5, 2.0, 0.1]), "float32", "0.1 cannot be read as float32 without loss"),
    (pa.array([1, 2, 3, 2**53 + 1]), "float64", "9007199254740993 cannot be read as float64"),
    (pa.array([1.0, 2.0, None, -0.0]), "int64", "-0.0 cannot be read as int64"),
    (pa.array([1.0, 2.0, None, 1.5]), "int64", "1.5 cannot be read as int64"),
    (pa.array(["1", "2", None, "x"]), "int64", '"x" cannot be read as int64'),
    (pa.array(["1", "2", None, "1e400"]), "float64", '"1e400" cannot be read as float64'),
    (pa.array(["1", "2", None, "1.005"]), "decimal(9,2)", '"1.005" cannot be read as decimal'),
    (pa.array([b"a", b"", None, b"\xff"]), "text", '"\\xff" cannot be read as string'),
])
def test_what_a_cast_would_lose_is_refused_with_its_place(tmp_path, suffix, values, type, text):
    path = tmp_path / f"t.{suffix}"
    write(path, pa.table({"id": pa.array([1, 2, 3, 4]), "v": values}))
    result = run("copy", path, "o.arrow", "--type", f"v={type}", cwd=tmp_path, check=4)
    assert f"t.{suffix}, row 4, column v: {text}" in result.stderr, result.stderr
    assert leftovers(tmp_path) == [f"t.{suffix}"]


@pytest.mark.parametrize("suffix", STORED)
def test_a_cast_that_does_not_exist_is_refused_at_once(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    write(path, pa.table({"v": pa.array([[1]])}))
    result = run("copy", path, "o.arrow", "--type", "v=date", cwd=tmp_path, check=2)
    assert "> cannot be read as date32" in result.stderr, result.stderr


@pytest.mark.parametrize("suffix", STORED)
def test_text_that_is_no_utf8_can_be_read_as_bytes(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    raw = pa.array([b"a", b"\xff\xfe", None])
    write(path, pa.table({"s": raw.view(pa.utf8()), "t": ["x", "y", "z"]}))
    result = run("copy", path, "o.arrow", cwd=tmp_path, check=4)
    assert "--type s=binary" in result.stderr
    for type in ("binary", "large_binary", "binary_view"):
        run("copy", path, "o.arrow", "--overwrite", "--type", f"s={type}", cwd=tmp_path, check=0)
        assert read(tmp_path / "o.arrow")["s"].to_pylist() == raw.to_pylist()
        assert read(tmp_path / "o.arrow")["t"].to_pylist() == ["x", "y", "z"]


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "arrows"])
def test_a_dictionary_that_is_no_utf8_can_be_read_as_bytes(tmp_path, suffix):
    path = tmp_path / f"t.{suffix}"
    raw = pa.array([b"a", b"\xff\xfe"]).view(pa.utf8())
    column = pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 1], pa.int8()), raw)
    write(path, pa.table({"s": column}))
    run("copy", path, "o.arrow", "--type", "s=binary", cwd=tmp_path, check=0)
    assert read(tmp_path / "o.arrow")["s"].to_pylist() == [b"\xff\xfe", b"a", None, b"\xff\xfe"]


# name -> (array, --type)
SPELLED = {
    "dictionary": (pa.array(["a", None, "b", "a"]).dictionary_encode(), "dictionary<int32,text>"),
    "view": (pa.array(["a", None, "long enough to stand in a buffer", ""], pa.string_view()), "string_view"),
    "large": (pa.array(["a", None, "b", ""], pa.large_utf8()), "large_utf8"),
    "half": (pa.array([1.5, None, 0.099975586, 65504.0], pa.float16()), "float16"),
    "decimal32": (pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-0.01"), None], pa.decimal32(5, 2)), "decimal32(5,2)"),
    "decimal64": (pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-0.01"), None], pa.decimal64(15, 2)), "decimal64(15,2)"),
    "bytes": (pa.array([b"a\x00", None, b"\xff\xfe\xfd", b"four"]), "binary"),
    "bytes_view": (pa.array([b"a\x00", None, b"\xff\xfe\xfd", b"four"], pa.binary_view()), "binary_view"),
    "fixed": (pa.array([b"abc", None, b"\x00\xff\x01", b"xyz"], pa.binary(3)), "fixed_size_binary[3]"),
    "duration": (pa.array([0, None, -90061001, 2**40], pa.duration("ms")), "duration[ms]"),
    "time32": (pa.array([86400, None, 0, 3661], pa.int32()).cast(pa.time32("s")), "time32[s]"),
    "time64": (pa.array([86400000000, None, 1, 3661], pa.int64()).cast(pa.time64("us")), "time64[us]"),
}


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("name", SPELLED)
def test_what_bowyer_spells_reads_back(tmp_path, suffix, name):
    array, type = SPELLED[name]
    table = pa.table({"id": [1, 2, 3, 4], "v": array})
    write(tmp_path / "t.arrow", table)
    run("copy", "t.arrow", f"t.{suffix}", cwd=tmp_path, check=0)
    run("copy", f"t.{suffix}", "o.arrow", "--type", f"v={type}", cwd=tmp_path, check=0)
    back = read(tmp_path / "o.arrow")
    assert back.schema.field("v").type == array.type
    assert back.equals(table), (tmp_path / f"t.{suffix}").read_text()


def test_nested_types_of_json_read_back(tmp_path):
    type = pa.struct([("l", pa.large_list(pa.binary())), ("f", pa.list_(pa.float16(), 2))])
    table = pa.table({"v": pa.array([{"l": [b"\xff", None], "f": [1.5, 2.0]}, None], type)})
    write(tmp_path / "t.arrow", table)
    run("copy", "t.arrow", "t.jsonl", cwd=tmp_path, check=0)
    text = run("inspect", "t.arrow", "--json", cwd=tmp_path, check=0).stdout.decode()
    spelled = json.loads(text)["columns"][0]["type"]
    run("copy", "t.jsonl", "o.arrow", "--type", f"v={spelled}", cwd=tmp_path, check=0)
    assert read(tmp_path / "o.arrow").equals(table)


def test_json_bytes_must_be_base64(tmp_path):
    for bad in ("a", "YQ", "YR==", "Y===", "YQ==YQ==", "Y Q="):
        (tmp_path / "t.jsonl").write_text('{"v":"YQ=="}\n{"v":"%s"}\n' % bad)
        result = run("copy", "t.jsonl", "o.arrow", "--type", "v=binary", cwd=tmp_path, check=4)
        assert f'line 2, column v: "\\"{bad}\\"" is not a string of base64' in result.stderr or (
            f'"{bad}" is not a string of base64' in result.stderr), result.stderr


def test_halves_of_text_are_exact_or_refused(tmp_path):
    (tmp_path / "t.csv").write_text("v\n0.1\n1e4\n65504\n")
    run("copy", "t.csv", "o.arrow", "--type", "v=float16", cwd=tmp_path, check=0)
    for bad, why in (("0.12345", "more digits"), ("65520", "out of range"), ("1e-9", "out of range")):
        (tmp_path / "t.csv").write_text(f"v\n{bad}\n")
        result = run("copy", "t.csv", "p.arrow", "--type", "v=float16", cwd=tmp_path, check=4)
        assert why in result.stderr
