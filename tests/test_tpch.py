"""All 22 queries of TPC-H at scale factor 0.01 give the published answers, and what DuckDB's Python package makes of
the same files: as SQL and as LazyFrames, from Parquet and from Arrow IPC files."""

import csv
import functools
import io
import pathlib
import subprocess
import sys

import pytest

from conftest import BOWYER, ROOT, SANITIZED, run

sys.path.insert(0, str(ROOT / "bench"))
import tpch  # noqa: E402

SCALE = 0.01
PROGRAM = ROOT / "build" / "release" / "bin" / "tpch_run"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tpch")
    tpch.generate(folder, SCALE, BOWYER)
    return folder


@functools.cache
def reference(folder, query):
    table = tpch.duckdb(folder, "parquet", query)()
    rows = zip(*(column.to_pylist() for column in table.columns))
    return table.column_names, *[["" if value is None else str(value) for value in row] for row in rows]


def check(tables, query, text):
    assert tpch.fault(query, SCALE, text) is None
    names, *rows = csv.reader(io.StringIO(text))
    expected_names, *expected = reference(tables, query)
    assert tpch.difference(names, rows, expected_names, *expected) is None


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("query", tpch.QUERIES)
def test_sql(tables, query, suffix):
    command = tpch.sql_command(BOWYER, tables, suffix, query)
    check(tables, query, run(*command[1:], check=0, memory_gib=2).stdout.decode())


@pytest.mark.skipif(SANITIZED, reason="built with the release preset")
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("query", tpch.QUERIES)
def test_frames(tables, query, suffix):
    command = tpch.frames_command(PROGRAM, tables, suffix, query)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    check(tables, query, done.stdout.partition("\n")[2])


def test_a_wrong_result_is_told():
    answers = pathlib.Path(ROOT / "tests" / "tpch" / "answers" / "sf0.01")
    right = (answers / "12.csv").read_text().replace("|", ",")
    assert tpch.fault(12, SCALE, right) is None
    assert "row 1, high_line_count" in tpch.fault(12, SCALE, right.replace("64", "65"))
    assert "rows" in tpch.fault(12, SCALE, right.rsplit("\n", 2)[0])
