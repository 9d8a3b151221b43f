"""Queries larger than their memory budget: they spill and complete, or end with an error."""

import json

import pytest

from conftest import SANITIZED, leftovers, run

pytestmark = pytest.mark.skipif(SANITIZED, reason="DuckDB's part is not compiled with it, and takes long")


BIG = "select (i * 7919) % 3000017 as k, count(*) as n, max(repeat(chr((65 + i % 26)::int), 40)) as t from range({rows}) r(i) group by 1"


def test_a_query_beyond_its_budget_spills_and_completes(tmp_path):
    spill = tmp_path / "spill"
    spill.mkdir()
    query = "select count(*) as groups, sum(n) as rows, min(t) as first, max(t) as last from (%s)" % BIG.format(rows=4_000_000)
    ample = run("sql", query, "--stats", "--json", check=0, timeout=120, memory_gib=None)
    tight = run("sql", query, "--stats", "--json", "--memory", "64M", "--spill-folder", spill, check=0, timeout=120, memory_gib=None)
    assert tight.stdout == ample.stdout
    assert json.loads(ample.stderr)["duckdb_peak_bytes"] > 200_000_000
    assert json.loads(tight.stderr)["duckdb_peak_bytes"] < 64 << 20
    assert leftovers(spill) == []


def test_what_cannot_spill_is_an_error_that_says_so(tmp_path):
    result = run(
        "sql", "select list(i) as all_of_them from range(50_000_000) r(i)", "-o", "out.parquet", "--memory", "64M",
        cwd=tmp_path, timeout=120, memory_gib=None, check=6,
    )
    assert "try a larger --memory" in result.stderr
    assert leftovers(tmp_path) == []
