"""JSON of the corpus: every file by its expectation word, every value against Python's own parser."""

import collections
import decimal
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet
import pytest

from conftest import CORPUS, corpus_files, expected, leftovers, run

pytestmark = pytest.mark.skipif(not expected(), reason="the corpus is not there")

# Where the corpus' word is a tool's and reading the file by hand says otherwise.
BY_HAND = {
    # Named after DuckDB's union type, which they do not fit; as JSON they are well-formed.
    "json/duckdb__malformed__union__bad_key.ndjson": "good",
    "json/duckdb__malformed__union__empty_object.ndjson": "good",
    "json/duckdb__malformed__union__non_object.ndjson": "good",
    "json/duckdb__malformed__union__too_many_keys.ndjson": "good",
    # No JSON: '[]
    "json/duckdb__fuzzer_hang.json": "must-refuse",
    # No JSON: keys in single quotes.
    "json/frictionless__invalid.json": "must-refuse",
    # Line 3 lacks the quote that ends its string.
    "json/duckdb__unterminated_quotes.ndjson": "must-refuse",
}

Number = collections.namedtuple("Number", "text")


class Object(list):
    """An object as its pairs, none of them dropped."""


DECODER = json.JSONDecoder(
    object_pairs_hook=Object, parse_int=Number, parse_float=Number, strict=True
)


def files(word):
    return [
        parameter
        for parameter in corpus_files("json", "good", "must-refuse", "either")
        if BY_HAND.get(parameter.values[0], expected()[parameter.values[0]]["expect"]) == word
    ]


def records(path):
    """The file's records: the elements of one array, or the values one after the other."""
    stored = path.read_bytes()
    text = stored.decode(json.detect_encoding(stored))
    values = []
    at = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        if at == len(text):
            break
        value, at = DECODER.raw_decode(text, at)
        values.append(value)
    first = text.lstrip(" \t\r\n")[:1]
    return values[0] if first == "[" and len(values) == 1 else values


def assert_same(value, got, type):
    if value is None:
        assert got is None
    elif pa.types.is_string(type):
        # Text is itself; what no one type holds is its JSON text.
        assert got == value or DECODER.decode(got) == value
    elif pa.types.is_struct(type):
        assert isinstance(value, Object)
        seen = collections.Counter()
        expected_members = dict.fromkeys((field.name for field in type), None)
        for key, member in value:
            seen[key] += 1
            expected_members[key if seen[key] == 1 else f"{key}_{seen[key]}"] = member
        assert list(expected_members) == [field.name for field in type]
        for field in type:
            assert_same(expected_members[field.name], got[field.name], field.type)
    elif pa.types.is_list(type):
        assert isinstance(value, list) and not isinstance(value, Object)
        assert len(value) == len(got)
        for element, got_element in zip(value, got):
            assert_same(element, got_element, type.value_type)
    elif pa.types.is_boolean(type):
        assert got is value
    elif pa.types.is_floating(type):
        # The decimal digits of the file, not only the nearest double.
        digits = len(decimal.Decimal(value.text).as_tuple().digits)
        printed = decimal.Decimal(f"{got:.{max(digits, 1) - 1}e}")
        assert float(value.text) == got and printed == decimal.Decimal(value.text)
    else:
        assert decimal.Decimal(value.text) == decimal.Decimal(got)


def read(path, tmp_path, *options):
    out = tmp_path / "out.arrow"
    run("copy", path, out, *options, check=0)
    return pa.ipc.open_file(out).read_all()


def assert_table(values, table):
    assert table.num_rows == len(values)
    columns = all(isinstance(value, Object) for value in values) and any(values)
    if columns:
        whole = pa.struct(list(table.schema))
        for value, got in zip(values, table.to_pylist()):
            assert_same(value, got, whole)
    else:
        assert table.column_names == ["value"]
        for value, got in zip(values, table["value"].to_pylist()):
            assert_same(value, got, table.schema.field(0).type)


@pytest.mark.parametrize("name", files("good"))
def test_good(name, tmp_path):
    table = read(CORPUS / name, tmp_path)
    table.validate(full=True)
    assert_table(records(CORPUS / name), table)
    # DuckDB's count is another witness where it reads the same records.
    facts = expected()[name].get("duckdb_2.0", {})
    if facts.get("ok") and "geojson" not in name:
        assert table.num_rows == facts["rows"]


@pytest.mark.parametrize("name", files("must-refuse"))
def test_refused(name, tmp_path):
    result = run("copy", CORPUS / name, tmp_path / "out.parquet")
    assert result.code == 4, result
    assert pathlib.Path(name).name in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", files("either"))
def test_either(name, tmp_path):
    result = run("copy", CORPUS / name, tmp_path / "out.arrow")
    assert result.code in (0, 4), result
    if result.code == 0:
        assert_table(records(CORPUS / name), pa.ipc.open_file(tmp_path / "out.arrow").read_all())
    else:
        assert leftovers(tmp_path) == []


def test_same_rows_as_the_parquet_file(tmp_path):
    name = "json/arrow__data__parquet__generated_simple_numerics__blogs.json"
    reference = pa.parquet.read_table(next((CORPUS / "parquet-good").glob("*blogs.parquet")))
    table = read(CORPUS / name, tmp_path)
    rows = [
        {key: str(row[key]) if not isinstance(row[key], dict) else
         {inner: str(value) for inner, value in row[key].items()} for key in ("reply", "blog_id")}
        for row in table.to_pylist()
    ]
    assert rows == [
        {key: str(row[key]) if not isinstance(row[key], dict) else
         {inner: str(value) for inner, value in row[key].items()} for key in ("reply", "blog_id")}
        for row in reference.to_pylist()
    ]


def test_big_numbers_are_exact(tmp_path):
    table = read(CORPUS / "json/made__big_numbers.json", tmp_path)
    assert table["n"].to_pylist() == [
        "9007199254740993",
        "18446744073709551615",
        "1.7976931348623157e309",
    ]


def test_cut_array_is_refused(tmp_path):
    result = run("copy", CORPUS / "json/made__cut_array.json", tmp_path / "out.parquet", check=4)
    assert "the text ends where" in result.stderr
    assert leftovers(tmp_path) == []


def test_repeated_keys_are_kept(tmp_path):
    table = read(CORPUS / "json/made__dup_keys.ndjson", tmp_path)
    assert table.to_pylist() == [{"a": 1, "a_2": 2, "A": 3}, {"a": 4, "a_2": None, "A": None}]


def test_late_key_is_refused_by_name(tmp_path):
    path = CORPUS / "json/made__late_new_key.ndjson"
    result = run("copy", path, tmp_path / "out.arrow", check=4)
    assert 'line 25,001, column late: the key "late"' in result.stderr
    assert "--sample-rows all" in result.stderr and "--rejects" in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("options", [["--sample-rows", "all"], ["--type", "late=text"]])
def test_late_key_is_read_when_told(options, tmp_path):
    path = CORPUS / "json/made__late_new_key.ndjson"
    table = read(path, tmp_path, *options)
    assert table.num_rows == 30000
    assert len(table["late"].drop_null()) == 5000
    assert_table(records(path), table)


def test_late_key_can_be_set_aside(tmp_path):
    path = CORPUS / "json/made__late_new_key.ndjson"
    table = read(path, tmp_path, "--rejects", tmp_path / "bad.csv")
    assert table.num_rows == 25000
    rejects = (tmp_path / "bad.csv").read_text().splitlines()
    assert len(rejects) == 1 + 5000
    assert ",25001,25001," in rejects[1] and '""late""' in rejects[1]
