"""Feather, both versions."""

import conftest
import pytest
from columnar import copied, digests, refused

pytestmark = pytest.mark.skipif(not conftest.expected(), reason="no corpus")


@pytest.mark.parametrize("name", conftest.corpus_files("feather", "good"))
def test_values(name, tmp_path):
    facts = conftest.expected()[name]["pyarrow_26"]
    table = copied(conftest.CORPUS / name, tmp_path, "--from", "arrow")
    assert (table.num_rows, table.num_columns) == (facts["rows"], facts["cols"])
    assert [[field.name, str(field.type)] for field in table.schema] == facts["schema"]
    if "columns" in facts:
        assert digests(table) == [(column["nonnull"], column["md5x15"]) for column in facts["columns"]]


@pytest.mark.parametrize("size", [4, 12, 2000, -9, -1])
def test_truncated_version_1(size, tmp_path):
    whole = (conftest.CORPUS / "feather/featherV1__iris.feather").read_bytes()
    cut = tmp_path / "cut.feather"
    cut.write_bytes(whole[:size])
    refused(cut, tmp_path)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_version_1(seed, tmp_path):
    """A flipped byte: rows or an error."""
    whole = bytearray((conftest.CORPUS / "feather/featherV1__mtcars.feather").read_bytes())
    at = len(whole) - 1 - (seed * 37) % 1500
    whole[at % len(whole)] ^= 0xFF >> (seed % 7)
    path = tmp_path / "damaged.feather"
    path.write_bytes(whole)
    result = conftest.run("copy", path, tmp_path / "out.arrow")
    assert result.code in (0, 3, 4, 6), repr(result)
