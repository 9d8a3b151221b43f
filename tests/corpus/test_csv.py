"""The CSV folders of the corpus: every file is a case, and every value is checked.

Where DuckDB and pyarrow agree on a file's shape, that is what must come out; where they differ, or
where both are wrong, csv_by_hand.toml says what a person would call right. The values are compared
with what Python's own csv module, int, float, Decimal and fromisoformat make of the same bytes.
"""

import bz2
import csv
import datetime
import decimal
import functools
import gzip
import hashlib
import io
import json
import pathlib
import re
import tomllib

import pyarrow as pa
import pyarrow.ipc
import pytest

from conftest import CORPUS, corpus_files, expected, leftovers, run

BY_HAND = tomllib.loads((pathlib.Path(__file__).parent / "csv_by_hand.toml").read_text())
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "tab", "space": "space", "vslash": "|"}
csv.field_size_limit(1 << 30)


def hand(name):
    return BY_HAND.get(name.split("/", 1)[1], {})


def source_args(name):
    """The file, and its format where the suffix does not tell it."""
    known = re.search(r"\.(csv|tsv)(\.(gz|bz2|zst))?$", name)
    return [CORPUS / name] if known else [CORPUS / name, "--from", "csv"]


def read(path):
    with pa.ipc.open_file(path) as file:
        return file.read_all()


def copy(name, folder, *args, check=0):
    out = folder / "out.arrow"
    out.unlink(missing_ok=True)
    result = run("copy", *source_args(name), out, *args, check=check)
    return (read(out) if check == 0 else None), result


def refused(name, folder, *args, line=None):
    """Exit code 4, a message that names the line, and nothing left behind."""
    _, result = copy(name, folder, *args, check=4)
    assert leftovers(folder) == [], result
    if line is not None:
        assert f"line {line:,}" in result.stderr, result
    return result


def facts_of(name, args):
    return json.loads(run("inspect", "--json", *source_args(name), *args, check=0).stdout)["facts"]


def text_of(name, encoding):
    data = (CORPUS / name).read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif data[:3] == b"BZh":
        data = bz2.decompress(data)
    elif data[:4] == b"\x28\xb5\x2f\xfd":
        data = pa.input_stream(pa.BufferReader(data), compression="zstd").read()
    codec = "utf-16" if encoding.startswith("UTF-16") else {"Latin-1": "latin-1"}.get(encoding, "utf-8-sig")
    return data.decode(codec, "surrogateescape")


def oracle(name, facts):
    """The records of the file, the header among them, as Python's csv module reads them."""
    text = text_of(name, facts["encoding"])
    character = lambda fact: {"tab": "\t", "space": " ", "none": None}.get(facts[fact], facts[fact])
    lines = re.split("(?<=\r)(?!\n)|(?<=\n)" if "\n" not in text else "(?<=\n)", text)
    text = "".join(lines[int(facts.get("skipped lines", 0)) :])
    if "comment" in facts:
        # (No quoted field of the corpus holds a line that begins with the prefix.)
        kept = [line for line in text.split("\n") if not line.startswith(facts["comment"])]
        text = "\n".join(kept)
    quote = character("quote")
    escape = None if facts["escape"] in ("none", "doubled quote") else facts["escape"]
    dialect = dict(
        delimiter=character("delimiter"),
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=escape,
        doublequote=escape is None,
    )
    return list(csv.reader(io.StringIO(text, newline=""), **dialect))


def check_texts(records, table, header):
    """The table of texts holds exactly the fields of the records."""
    width = table.num_columns
    if width > 1:
        records = [record for record in records if record]
    else:
        records = [record or [""] for record in records]
    if header:
        while records and records[0] == [""]:
            records.pop(0)
        records = records[1:]
    # A delimiter behind the header alone makes no column.
    assert [len(r) for r in records if len(r) != width] == []
    columns = [column.to_pylist() for column in table.columns]
    assert len(records) == table.num_rows
    for row, record in enumerate(records):
        assert [value or "" for value in record] == [column[row] or "" for column in columns], row


def says_the_same(value, text):
    """Is `value` what `text` says?"""
    text = text.strip(" \t")
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int):
        return int(text) == value
    if isinstance(value, float):
        return float(text) == value or (value != value and text.lower().lstrip("+-") == "nan")
    if isinstance(value, decimal.Decimal):
        return decimal.Decimal(text) == value
    if isinstance(value, datetime.datetime):
        return datetime.datetime.fromisoformat(text).replace(tzinfo=value.tzinfo) == value or (
            value.tzinfo is not None and datetime.datetime.fromisoformat(text) == value
        )
    if isinstance(value, datetime.date):
        return datetime.date.fromisoformat(text) == value
    if isinstance(value, datetime.time):
        return datetime.time.fromisoformat(text) == value
    return value == text


def check_types(table, texts):
    """Each typed value says what its text says; a null stands for an empty text only."""
    for column, text_column in zip(table.columns, texts.columns):
        if pa.types.is_string(column.type):
            assert column.equals(text_column)
            continue
        for value, text in zip(column.to_pylist(), text_column.to_pylist()):
            if value is None:
                assert not (text or "").strip(" \t"), f"{text!r} became a null"
            else:
                assert says_the_same(value, text), f"{text!r} became {value!r}"


def check_digests(table, reference):
    """DuckDB's checksums of the columns whose texts are the same in both: integers and texts."""
    for column, facts in zip(table.columns, reference["columns"]):
        integers = facts["type"] == "BIGINT" and pa.types.is_integer(column.type)
        texts = facts["type"] == "VARCHAR" and pa.types.is_string(column.type)
        if facts.get("md5x15") is None or not (integers or texts):
            continue
        values = [str(value) for value in column.to_pylist() if value is not None]
        # DuckDB reads "" as a null, Bowyer as empty text.
        values = [value for value in values if value] if len(values) != facts["nonnull"] else values
        digest = sum(int(hashlib.md5(value.encode()).hexdigest()[:15], 16) for value in values)
        assert (len(values), str(digest)) == (facts["nonnull"], facts["md5x15"]), facts["name"]


@pytest.mark.parametrize("name", corpus_files("csv", "good"))
def test_good(name, tmp_path):
    entry = hand(name)
    args = entry.get("args", [])
    if "refuse" in entry:
        refused(name, tmp_path, line=entry.get("line"))
        if not args:
            return
    reference = expected()[name]["duckdb_2.0"]
    by_reference = "rows" not in entry
    if by_reference:
        assert expected()[name]["trust"] == "agree", "no reference: decide by hand"
    rows, cols = (reference["rows"], reference["cols"]) if by_reference else (entry["rows"], entry["cols"])
    table, _ = copy(name, tmp_path, *args)
    assert (table.num_rows, table.num_columns) == (rows, cols)
    facts = facts_of(name, args)
    texts, _ = copy(name, tmp_path, *args, "--all-text")
    check_types(table, texts)
    if not entry.get("no_oracle"):
        check_texts(oracle(name, facts), texts, facts["header"] == "yes")
    if by_reference:
        check_digests(texts, reference)
        check_digests(table, reference)


@pytest.mark.parametrize("name", corpus_files("csv", "bad-rows"))
def test_bad_rows_are_counted_or_refused_with_their_line(name, tmp_path):
    entry = hand(name)
    out, rejects = tmp_path / "out.arrow", tmp_path / "rejects.csv"
    plain = run("copy", *source_args(name), out)
    if plain.code == 0:
        loaded = read(out).num_rows
        out.unlink()
    else:
        assert plain.code == 4 and leftovers(tmp_path) == [], plain
        assert "refuse" in entry or re.search(r"line [\d,]+", plain.stderr), plain
        loaded = None
    result = run("copy", *source_args(name), out, "--rejects", rejects, "--json")
    if "refuse" in entry or "cannot be told" in plain.stderr:
        assert result.code == 4 and leftovers(tmp_path) == [], result
        return
    assert result.code == 0, result
    report = json.loads(result.stdout)
    table = read(out)
    assert table.num_rows == report["rows"]
    with open(rejects, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == report["rows_rejected"]
    records = entry.get("records")
    if records is None:
        facts = facts_of(name, [])
        found = oracle(name, facts)
        found = [record for record in found if record] if table.num_columns > 1 else found
        records = len(found) - (facts["header"] == "yes")
    assert report["rows"] + report["rows_rejected"] == records
    if loaded is not None:
        assert report["rows_rejected"] == 0 and loaded == records


@pytest.mark.parametrize("name", corpus_files("csv", "fuzz") + corpus_files("csv-fuzz", "fuzz"))
def test_fuzz_gives_rows_or_an_error(name, tmp_path):
    out = tmp_path / "out.arrow"
    result = run("copy", CORPUS / name, out, "--from", "csv", timeout=10)
    assert result.code in (0, 4, 6), result
    if result.code == 0:
        read(out).validate(full=True)
    else:
        assert leftovers(tmp_path) == []
    # The rows that can be read, whatever the dialect is said to be.
    run("copy", CORPUS / name, out, "--overwrite", "--from", "csv", "--rejects", tmp_path / "r.csv",
        "--delimiter", ",", "--header", "--all-text", timeout=10)


def annotations():
    """The comparable name of a file -> its delimiter and quote as people wrote them down."""
    lines = (CORPUS / "csv-dialect" / "Dialect_annotations.txt").read_text(encoding="utf-8").splitlines()
    fields = [line.split("|") for line in lines if "|" in line and not line.startswith("#")]
    comparable = lambda name: re.sub(r"[^A-Za-z0-9.%]", "_", name)
    quotes = {"singlequote": "'", "doublequote": '"'}
    return {comparable(f[0]): (DELIMITERS[f[2]], quotes[f[3]]) for f in fields if f[2] in DELIMITERS}


@functools.lru_cache(maxsize=None)
def told(name):
    """The dialect that Bowyer sees, or None if it refuses to guess."""
    result = run("inspect", "--json", *source_args(name))
    if result.code == 4:
        return None
    assert result.code == 0, result
    facts = json.loads(result.stdout)["facts"]
    return facts["delimiter"], facts["quote"]


@pytest.mark.parametrize("name", corpus_files("csv-dialect", "good"))
def test_dialect_is_right_or_refused(name):
    comparable = re.sub(r"[^A-Za-z0-9.%]", "_", name.split("sniffer__")[1])
    assert told(name) in (None, annotations()[comparable])


@pytest.mark.parametrize("name", corpus_files("csv-dialect", "good"))
def test_dialect_files_are_copied_whole_or_refused(name, tmp_path):
    out = tmp_path / "out.arrow"
    result = run("copy", *source_args(name), out, "--all-text")
    assert result.code in (0, 4), result
    if result.code == 4:
        assert leftovers(tmp_path) == []
        return
    facts = facts_of(name, [])
    check_texts(oracle(name, facts), read(out), facts["header"] == "yes")


@pytest.mark.skipif(not expected(), reason="no corpus")
def test_most_dialects_are_told():
    files = [parameter.values[0] for parameter in corpus_files("csv-dialect", "good")]
    refusals = [name for name in files if told(name) is None]
    assert len(refusals) < 0.15 * len(files), refusals



needs_corpus = pytest.mark.skipif(not expected(), reason="no corpus")


@needs_corpus
def test_truth_bomb_of_five_million_rows(tmp_path):
    table, _ = copy("csv/made__bomb_5M_rows.csv.gz", tmp_path)
    assert (table.num_rows, table.num_columns) == (5_000_000, 2)
    assert set(table["a"].unique().to_pylist()) == {1}


@needs_corpus
def test_truth_names_are_unique(tmp_path):
    table, _ = copy("csv/made__dup_and_empty_names.csv", tmp_path)
    assert table.column_names == ["a", "A", "a_1", "column3", "column4", " a"]
    assert table.to_pylist() == [dict(zip(table.column_names, range(1, 7)))]


@needs_corpus
def test_truth_field_of_five_megabytes(tmp_path):
    table, _ = copy("csv/made__field_5MB.csv.gz", tmp_path, "--memory", "512M")
    assert table.num_rows == 2
    records = oracle("csv/made__field_5MB.csv.gz", facts_of("csv/made__field_5MB.csv.gz", []))
    assert table["t"].to_pylist() == [record[1] for record in records[1:]]


@needs_corpus
def test_truth_cut_gzip_is_refused(tmp_path):
    refused("csv/made__gz_cut.csv.gz", tmp_path)


@needs_corpus
def test_truth_invalid_utf8_is_named_or_set_aside(tmp_path):
    name = "csv/made__invalid_utf8_row_5000.csv"
    refused(name, tmp_path, line=5001)
    table, _ = copy(name, tmp_path, "--rejects", tmp_path / "rejects.csv")
    assert table.num_rows == 5999
    assert "is not valid UTF-8" in (tmp_path / "rejects.csv").read_text()


@needs_corpus
def test_truth_mixed_line_ends(tmp_path):
    table, _ = copy("csv/made__mixed_eol.csv", tmp_path)
    assert table.to_pydict() == {"a": [1, 2, 3, 4], "b": ["x", "y", "z", "p\nq\r\nr"]}


@needs_corpus
def test_truth_nul_bytes_stay(tmp_path):
    table, _ = copy("csv/made__nul_in_field.csv", tmp_path)
    assert table["b"].to_pylist() == ["x\0y", "\0", "z"]


@needs_corpus
def test_truth_missing_comma_rejects_one_row(tmp_path):
    name = "csv/made__one_missing_comma_row7.csv"
    refused(name, tmp_path, line=8)
    table, _ = copy(name, tmp_path, "--rejects", tmp_path / "rejects.csv")
    assert (table.num_rows, table.column_names) == (399, ["a", "b", "c"])


@needs_corpus
def test_truth_parquet_under_a_csv_name(tmp_path):
    refused("csv/made__parquet_named.csv", tmp_path)


@needs_corpus
def test_truth_quote_that_never_closes(tmp_path):
    name = "csv/made__quote_never_closed.csv"
    refused(name, tmp_path, line=102)
    table, _ = copy(name, tmp_path, "--rejects", tmp_path / "rejects.csv")
    with open(tmp_path / "rejects.csv", newline="") as file:
        assert table.num_rows + len(list(csv.DictReader(file))) == 5000
    table, _ = copy(name, tmp_path, "--quote", "none")
    assert table.num_rows == 5000


@needs_corpus
def test_truth_one_column_of_three_lines(tmp_path):
    table, _ = copy("csv/made__three_lines.csv", tmp_path)
    assert table.to_pydict() == {"c0": ["v0", "a;b"]}


@needs_corpus
def test_truth_type_that_flips_behind_the_sample(tmp_path):
    name = "csv/made__type_flip_row_20490.csv"
    result = refused(name, tmp_path, line=20491)
    assert "column qty" in result.stderr and '"n/a"' in result.stderr
    table, _ = copy(name, tmp_path, "--rejects", tmp_path / "rejects.csv")
    assert table.num_rows == 20_999
    table, _ = copy(name, tmp_path, "--type", "qty=text")
    assert table.num_rows == 21_000 and table["qty"][20_489].as_py() == "n/a"


@needs_corpus
def test_truth_utf16(tmp_path):
    table, _ = copy("csv/made__utf16le_bom.csv", tmp_path)
    assert table.to_pydict() == {"a": [1, 2], "b": ["ü", "日本"]}


@needs_corpus
def test_truth_width_that_grows(tmp_path):
    name = "csv/made__width_grows_at_1000.csv"
    refused(name, tmp_path, line=1002)
    table, _ = copy(name, tmp_path, "--rejects", tmp_path / "rejects.csv")
    assert (table.num_rows, table.column_names) == (1000, ["id", "v"])


@needs_corpus
def test_truth_zip_codes_and_phone_numbers_survive(tmp_path):
    name = "csv/made__zip_and_phone.csv"
    table, _ = copy(name, tmp_path)
    assert table.num_rows == 300
    back = tmp_path / "back.csv"
    run("copy", tmp_path / "out.arrow", back, check=0)
    assert list(csv.reader(open(back, newline=""))) == list(csv.reader(open(CORPUS / name, newline="")))
