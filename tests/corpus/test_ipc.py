"""Arrow IPC: golden files of many versions, and hostile ones."""

import gzip
import json

import conftest
import pyarrow as pa
import pytest
from columnar import copied, refused, same, survives

pytestmark = pytest.mark.skipif(not conftest.expected(), reason="no corpus")
FORMAT = ("--from", "arrow")


def golden():
    names = {str(p.values[0]).rsplit(".", 1)[0] for p in conftest.corpus_files("ipc-good", "good")}
    return [pytest.param(name, id=name.split("/", 1)[1]) for name in sorted(names)]


def read_by_pyarrow(path):
    opener = pa.ipc.open_file if path.suffix == ".arrow_file" else pa.ipc.open_stream
    reader = opener(pa.memory_map(str(path)))
    if path.suffix == ".arrow_file":
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
    else:
        batches = list(reader)
    return pa.Table.from_batches(batches, schema=reader.schema)


@pytest.mark.parametrize("name", golden())
def test_file_stream_and_reference_agree(name, tmp_path):
    tables = {}
    for suffix in (".arrow_file", ".stream"):
        path = conftest.CORPUS / (name + suffix)
        tables[suffix] = copied(path, tmp_path, *FORMAT)
        same(tables[suffix], read_by_pyarrow(path), metadata=True)
    same(tables[".arrow_file"], tables[".stream"], metadata=True)
    # The side-car of the integration tests says how many rows, and which columns.
    document = json.loads(gzip.decompress((conftest.CORPUS / (name + ".json.gz")).read_bytes()))
    table = tables[".stream"]
    assert table.num_rows == sum(batch["count"] for batch in document["batches"])
    assert table.column_names == [field["name"] for field in document["schema"]["fields"]]


@pytest.mark.parametrize("name", [p for p in golden() if "bigendian" in p.id])
def test_byte_order_of_the_writer_does_not_matter(name, tmp_path):
    little = conftest.CORPUS / (name.replace("bigendian", "littleendian") + ".stream")
    if not little.exists():
        pytest.skip("no little-endian twin in the corpus")
    ours = copied(conftest.CORPUS / (name + ".arrow_file"), tmp_path, *FORMAT)
    twin = copied(little, tmp_path, *FORMAT)
    assert ours.schema.equals(twin.schema) and ours.num_rows == twin.num_rows


@pytest.mark.parametrize("name", golden())
def test_values_survive_all_forms(name, tmp_path):
    """File and stream, plain and compressed: what is written is what was read."""
    path = conftest.CORPUS / (name + ".arrow_file")
    truth = copied(path, tmp_path, *FORMAT)
    for form in ("a.arrow", "a.arrows"):
        for codec in ("none", "lz4", "zstd:3"):
            out = tmp_path / form
            conftest.run("copy", *FORMAT, path, out, "--compression", codec, "--overwrite", check=0)
            same(copied(out, tmp_path), truth, metadata=True)


@pytest.mark.parametrize("name", conftest.corpus_files("ipc-bad", "fuzz"))
def test_hostile_bytes(name, tmp_path):
    survives(conftest.CORPUS / name, tmp_path, *FORMAT)


@pytest.mark.parametrize("name", conftest.corpus_files("ipc-bad", "fuzz"))
def test_hostile_bytes_from_a_pipe(name, tmp_path):
    result = conftest.run("copy", "--from", "arrows", "-", tmp_path / "out.arrow", stdin=(conftest.CORPUS / name).read_bytes())
    assert result.code in (0, 3, 4, 6, 7), repr(result)
    if result.code != 0:
        assert conftest.leftovers(tmp_path) == []


@pytest.mark.parametrize("name", conftest.corpus_files("ipc-bad", "fuzz"))
def test_hostile_bytes_inspected(name):
    result = conftest.run("inspect", *FORMAT, conftest.CORPUS / name)
    assert result.code in (0, 3, 4, 6), repr(result)


@pytest.mark.parametrize("name", conftest.corpus_files("ipc-bad", "must-refuse"))
def test_refused(name, tmp_path):
    refused(conftest.CORPUS / name, tmp_path, *FORMAT)


def test_stream_without_end_marker(tmp_path):
    path = conftest.CORPUS / "ipc-bad/made__stream_no_eos.stream"
    result = conftest.run("copy", *FORMAT, path, tmp_path / "out.arrow", check=0)
    assert "no end marker" in result.stderr
    with pa.ipc.open_file(tmp_path / "out.arrow") as reader:
        assert reader.read_all().num_rows == 1600
    # From a pipe it means that the writer died.
    result = conftest.run("copy", "--from", "arrows", "-", tmp_path / "pipe.arrow", stdin=path.read_bytes(), check=7)
    assert "marker" in result.stderr
    assert not (tmp_path / "pipe.arrow").exists()


def test_every_truncation_of_a_file_is_refused(tmp_path):
    whole = (conftest.CORPUS / "ipc-good/gold__cpp-21.0.0__generated_decimal32.arrow_file").read_bytes()
    cut = tmp_path / "cut.arrow"
    for size in sorted({0, 1, 4, 6, 7, 8, 9, 100, len(whole) // 2, len(whole) - 11, len(whole) - 10, len(whole) - 7, len(whole) - 6, len(whole) - 1}):
        cut.write_bytes(whole[:size])
        refused(cut, tmp_path)


def test_a_whole_file_through_a_pipe(tmp_path):
    path = conftest.CORPUS / "ipc-good/gold__cpp-21.0.0__generated_dictionary.arrow_file"
    conftest.run("copy", "--from", "arrows", "-", tmp_path / "out.arrow", stdin=path.read_bytes(), check=0)
    with pa.ipc.open_file(tmp_path / "out.arrow") as reader:
        same(reader.read_all(), copied(path, tmp_path, *FORMAT))
