"""ORC: files of other writers with their rows, damaged ones, and what Bowyer writes."""

import datetime
import decimal
import gzip
import json
import math

import conftest
import pyarrow as pa
import pyarrow.orc as orc
import pytest
from columnar import copied, digests, equal, plain, refused, survives

corpus = pytest.mark.skipif(not conftest.expected(), reason="no corpus")
# Their root is no struct but a single value, which Arrow's reader does not take.
NO_TABLE = ["testTimestamp", "testWithoutCompressionBlockSize"]


@corpus
@pytest.mark.parametrize("name", conftest.corpus_files("orc", "good"))
def test_values(name, tmp_path):
    path = conftest.CORPUS / name
    if any(word in name for word in NO_TABLE):
        assert "struct" in refused(path, tmp_path).stderr
        return
    facts = conftest.expected()[name]["pyarrow_26"]
    table = copied(path, tmp_path)
    assert (table.num_rows, table.num_columns) == (facts["rows"], facts["cols"])
    assert [[field.name, str(field.type)] for field in table.schema] == facts["schema"]
    assert digests(table) == [(column["nonnull"], column["md5x15"]) for column in facts["columns"]]


def as_the_side_car_has_it(value):
    """A Python value in the spelling of ORC's own dump to JSON."""
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0")
        return text + "0" if text.endswith(".") else text
    if isinstance(value, datetime.date):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, dict):
        return {key: as_the_side_car_has_it(item) for key, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            return [{"key": as_the_side_car_has_it(k), "value": as_the_side_car_has_it(v)} for k, v in value]
        return [as_the_side_car_has_it(item) for item in value]
    return value


def alike(ours, truth):
    """Equal; the dump has the shortest decimal forms of single-precision numbers."""
    if isinstance(ours, float) and isinstance(truth, (int, float)):
        return math.isclose(ours, truth, rel_tol=6e-7)
    if isinstance(ours, dict) and isinstance(truth, dict):
        return ours.keys() == truth.keys() and all(alike(ours[key], truth[key]) for key in ours)
    if isinstance(ours, list) and isinstance(truth, list):
        return len(ours) == len(truth) and all(map(alike, ours, truth))
    return ours == truth


@corpus
@pytest.mark.parametrize("sidecar", conftest.corpus_files("orc", "sidecar"))
def test_side_car(sidecar, tmp_path):
    name = sidecar.replace("orc__expected__", "orc__").replace(".jsn.gz", ".orc")
    if any(word in name for word in NO_TABLE):
        pytest.skip("no table")
    table = copied(conftest.CORPUS / name, tmp_path)
    wanted = [json.loads(line) for line in gzip.open(conftest.CORPUS / sidecar, "rt", encoding="utf-8")]
    assert table.num_rows == len(wanted)
    for start in range(0, table.num_rows, 5000):
        for row, truth in zip(table.slice(start, 5000).to_pylist(), wanted[start : start + 5000]):
            assert alike(as_the_side_car_has_it(row), truth), f"{row}\n{truth}"


@corpus
@pytest.mark.parametrize("name", conftest.corpus_files("orc-bad", "fuzz", "either"))
def test_damaged(name, tmp_path):
    survives(conftest.CORPUS / name, tmp_path, "--from", "orc")
    conftest.run("inspect", "--from", "orc", conftest.CORPUS / name)


@corpus
@pytest.mark.parametrize("size", [0, 1, 3, 100, 20000, -100, -20, -1])
def test_truncated(size, tmp_path):
    whole = (conftest.CORPUS / "orc/orc__TestOrcFile.metaData.orc").read_bytes()
    cut = tmp_path / "cut.orc"
    cut.write_bytes(whole[:size])
    refused(cut, tmp_path)


def stamps(unit, zone=None):
    second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    values = [0, -1, -second, -second - 1, second + 1, None, -5 * second // 2, 1_700_000_000 * second + 7]
    return pa.array(values, pa.timestamp(unit, zone))


D = decimal.Decimal
KEPT = {
    "bool": (pa.array([True, False, None]), pa.bool_()),
    "int8": (pa.array([-128, 127, None], pa.int8()), pa.int8()),
    "int16": (pa.array([-(2**15), 2**15 - 1, None], pa.int16()), pa.int16()),
    "int32": (pa.array([-(2**31), 2**31 - 1, None], pa.int32()), pa.int32()),
    "int64": (pa.array([-(2**63), 2**63 - 1, None], pa.int64()), pa.int64()),
    "uint8": (pa.array([0, 255, None], pa.uint8()), pa.int16()),
    "uint16": (pa.array([0, 65535, None], pa.uint16()), pa.int32()),
    "uint32": (pa.array([0, 2**32 - 1, None], pa.uint32()), pa.int64()),
    "uint64": (pa.array([0, 2**64 - 1, None], pa.uint64()), pa.decimal128(20, 0)),
    "half": (pa.array([1.5, None], pa.float16()), pa.float32()),
    "float": (pa.array([1.5, float("nan"), None, float("inf"), -0.0], pa.float32()), pa.float32()),
    "double": (pa.array([1e308, float("nan"), None, -0.0]), pa.float64()),
    "text": (pa.array(["a", "", None, "é\0x"]), pa.string()),
    "large_text": (pa.array(["a", "", None], pa.large_string()), pa.string()),
    "text_view": (pa.array(["a", "", None, "long enough to be elsewhere"], pa.string_view()), pa.string()),
    "binary": (pa.array([b"a", b"", None, b"\xff\0"]), pa.binary()),
    "fixed": (pa.array([b"abc", None], pa.binary(3)), pa.binary()),
    "date32": (pa.array([-800000, 0, None, 3000000], pa.date32()), pa.date32()),
    "date64": (pa.array([86400000, -86400000, None], pa.date64()), pa.date32()),
    "decimal": (pa.array([D("1.23"), None, D("-9.99")], pa.decimal128(20, 2)), pa.decimal128(20, 2)),
    "decimal38": (pa.array([D("9" * 38), D("-" + "9" * 38)], pa.decimal128(38, 0)), pa.decimal128(38, 0)),
    "decimal32": (pa.array([D("1.2")], pa.decimal32(5, 1)), pa.decimal128(5, 1)),
    "decimal256": (pa.array([D("1.2")], pa.decimal256(30, 1)), pa.decimal128(30, 1)),
    "list": (pa.array([[1, None], None, []]), pa.list_(pa.int64())),
    "list_slice": (pa.array([[1, 2], [3], [4, 5, 6]])[1:], pa.list_(pa.int64())),
    "large_list": (pa.array([[1, None], None, []], pa.large_list(pa.int64())), pa.list_(pa.int64())),
    "fixed_list": (pa.array([[1, None], None], pa.list_(pa.int64(), 2)), pa.list_(pa.int64())),
    "struct": (pa.array([{"a": 1, "b": None}, None, {"a": None, "b": "x"}]), None),
    "struct_slice": (pa.array([None, {"a": 2}, None, {"a": 4}, {"a": None}])[2:], None),
    "list_of_struct": (pa.array([[{"a": 1}], None, [None, {"a": None}]])[1:], None),
    "map": (pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())), pa.map_(pa.string(), pa.int64())),
    "dictionary": (pa.array(["a", "b", None, "a"]).dictionary_encode(), pa.string()),
    "empty": (pa.array([], pa.int64()), pa.int64()),
    "bool_slice": (pa.array([True, False, None, True] * 5)[3:], pa.bool_()),
}
for _unit in ("s", "ms", "us", "ns"):
    KEPT["timestamp_" + _unit] = (stamps(_unit), pa.timestamp("ns"))
    KEPT["timestamp_utc_" + _unit] = (stamps(_unit, "UTC"), pa.timestamp("ns", "UTC"))
    KEPT["timestamp_zone_" + _unit] = (stamps(_unit, "America/New_York"), pa.timestamp("ns", "UTC"))

LOST = {
    "null": pa.nulls(3),
    "time32": pa.array([1], pa.time32("s")),
    "time64": pa.array([1], pa.time64("us")),
    "duration": pa.array([1], pa.duration("s")),
    "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
    "decimal_scale": pa.array([D("100")], pa.decimal128(10, -2)),
    "decimal_wide": pa.array([D("1")], pa.decimal256(50, 0)),
    "union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
}


def written(array, folder):
    source = folder / "source.arrow"
    table = pa.table({"c": array})
    with pa.ipc.new_file(source, table.schema) as writer:
        writer.write_table(table)
    return source


@pytest.mark.parametrize("case", KEPT)
def test_written_values_come_back(case, tmp_path):
    array, type_back = KEPT[case]
    out = tmp_path / "out.orc"
    conftest.run("copy", written(array, tmp_path), out, check=0)
    back = copied(out, tmp_path)["c"]
    assert back.type == (type_back or array.type)
    assert equal(back, orc.read_table(out)["c"])
    if pa.types.is_timestamp(array.type):
        assert back.cast(pa.int64()).equals(pa.chunked_array([array.cast(back.type)]).cast(pa.int64()))
    elif case == "date32":
        assert back.cast(pa.int32()).equals(pa.chunked_array([array.cast(pa.int32())]))
    elif case == "uint64":
        assert [None if v is None else int(v) for v in back.to_pylist()] == array.to_pylist()
    else:
        assert plain(back.to_pylist()) == plain(array.to_pylist())


@pytest.mark.parametrize("case", LOST)
def test_what_orc_cannot_hold_is_refused(case, tmp_path):
    out = tmp_path / "out.orc"
    result = conftest.run("copy", written(LOST[case], tmp_path), out, check=4)
    assert "column c" in result.stderr and not out.exists()


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "lz4", "zstd"])
def test_codecs(codec, tmp_path):
    table = pa.table({"a": range(20000), "b": [str(i) for i in range(20000)]})
    source = tmp_path / "a.arrow"
    with pa.ipc.new_file(source, table.schema) as writer:
        writer.write_table(table, 777)
    out = tmp_path / "out.orc"
    conftest.run("copy", source, out, "--compression", codec, check=0)
    assert orc.ORCFile(out).compression.lower() == {"none": "uncompressed", "gzip": "zlib"}.get(codec, codec)
    assert copied(out, tmp_path).equals(table)


def test_timestamps_beyond_nanoseconds_are_refused_on_reading(tmp_path):
    path = tmp_path / "far.orc"
    orc.write_table(pa.table({"t": pa.array([253402300799], pa.timestamp("s"))}), path)
    assert "nanosecond" in refused(path, tmp_path).stderr
