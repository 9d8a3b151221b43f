"""Parquet of many writers, and damaged files."""

import conftest
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from columnar import copied, digests, refused, same, survives

pytestmark = pytest.mark.skipif(not conftest.expected(), reason="no corpus")

# Sound files that hold what Arrow has no type for, or more than the budget: a clear refusal.
REFUSED = {
    "duckdb__bigdecimal.parquet": "precision",  # a decimal of 77 digits
    "pt__incorrect_map_schema.parquet": "Map",  # a map whose keys may be null
    "pt__large_string_map.brotli.parquet": "memory",  # two values of 1 GiB each
    "duckdb__decimal__byte_array_decimal_empty_value.parquet": "Length",  # a decimal of no digits
}


def compared(path, ours):
    """With what pyarrow makes of the file, where it can read it."""
    theirs = pq.ParquetFile(path, arrow_extensions_enabled=True).read()
    # A group without columns holds nothing.
    theirs = theirs.select([name for name in theirs.column_names if name in ours.column_names]) if len(set(theirs.column_names)) == theirs.num_columns else theirs
    if "org.apache.spark.version" in str(ours.schema.metadata) or "spark" in str(ours.schema.metadata):
        theirs = theirs.cast(ours.schema)  # INT96 in Spark's own microseconds
    same(ours, theirs)


@pytest.mark.parametrize("name", conftest.corpus_files("parquet-good", "good"))
def test_values(name, tmp_path):
    path = conftest.CORPUS / name
    if path.name in REFUSED:
        assert REFUSED[path.name] in refused(path, tmp_path).stderr
        return
    ours = copied(path, tmp_path, "--from", "parquet")
    facts = conftest.expected()[name].get("duckdb_2.0", {})
    if facts.get("ok") and "rows" in facts:
        assert ours.num_rows == facts["rows"]
    if "int96_from_spark" in path.name:
        return  # pyarrow wraps around what nanoseconds cannot hold
    compared(path, ours)


@pytest.mark.parametrize("name", conftest.corpus_files("parquet-good", "good"))
def test_inspect(name):
    result = conftest.run("inspect", "--from", "parquet", conftest.CORPUS / name)
    assert result.code in (0, 4), repr(result)


def test_timestamps_of_spark_beyond_nanoseconds(tmp_path):
    ours = copied(conftest.CORPUS / "parquet-good/pt__int96_from_spark.parquet", tmp_path)
    assert ours["a"].type == pa.timestamp("us")
    assert ours["a"].cast(pa.int64()).to_pylist() == [1704141296123456, 1704070800000000, 253402225200000000, 1735599600000000, None, 9089380393200000000]


@pytest.mark.parametrize("name", conftest.corpus_files("parquet-bad", "must-refuse"))
def test_refused(name, tmp_path):
    refused(conftest.CORPUS / name, tmp_path, "--from", "parquet")


@pytest.mark.parametrize("name", conftest.corpus_files("parquet-bad", "fuzz", "either"))
def test_damaged(name, tmp_path):
    survives(conftest.CORPUS / name, tmp_path, "--from", "parquet")
    result = conftest.run("inspect", "--from", "parquet", conftest.CORPUS / name)
    assert result.code in (0, 2, 3, 4, 6), repr(result)


def test_wrong_page_checksum_is_found(tmp_path):
    result = refused(conftest.CORPUS / "parquet-bad/made__bitflip_page_crc.parquet", tmp_path)
    assert "CRC" in result.stderr


@pytest.mark.parametrize("size", [0, 1, 4, 8, 11, 12, 1000, -100, -9, -8, -4, -1])
def test_truncated(size, tmp_path):
    whole = (conftest.CORPUS / "parquet-good/pt__alltypes_plain.parquet").read_bytes()
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole[:size])
    refused(cut, tmp_path)


@pytest.mark.parametrize("name", ["duckdb__invalid_utf8_dba.parquet", "duckdb__invalid_utf8_dictionary.parquet"])
def test_text_that_is_not_utf8(name, tmp_path):
    result = survives(conftest.CORPUS / "parquet-bad" / name, tmp_path)
    if result.code != 0:
        assert "UTF-8" in result.stderr, repr(result)
