"""Each example program does what its comment says."""

import itertools
import re
import subprocess

import pyarrow.compute
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from conftest import BOWYER, ROOT, SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="built with the release preset")
EXAMPLES = ROOT / "build" / "release" / "bin" / "examples"


def example(name, *args, code=0):
    done = subprocess.run([EXAMPLES / name, *map(str, args)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    example("generate_shop", 100_000, path)
    return path


def test_copy_files_with_a_condition(orders, tmp_path):
    out = tmp_path / "large.parquet"
    example("copy_files", orders, out, "amount > 100")
    expected = pyarrow.csv.read_csv(orders)
    expected = expected.filter(pyarrow.compute.greater(expected["amount"], 100))
    written = pyarrow.parquet.read_table(out)
    assert written.to_pydict() == expected.to_pydict() and written.num_rows > 0


def test_read_batches_adds_up_a_column(orders):
    total = pyarrow.compute.sum(pyarrow.csv.read_csv(orders)["amount"]).as_py()
    rows, _, value = example("read_batches", orders, "amount").partition(" rows, sum of amount ")
    assert rows == "100000" and float(value) == pytest.approx(total, rel=1e-5)


def test_from_generator_writes_squares(tmp_path):
    example("from_generator", tmp_path / "squares.arrow")
    rows = pyarrow.feather.read_table(tmp_path / "squares.arrow")
    assert rows.to_pydict() == {"n": list(range(1000)), "square": [n * n for n in range(1000)]}
    assert "exists already" in example("from_generator", tmp_path / "squares.arrow", code=3)


def test_inspect_file_shows_schema_and_rows(orders):
    shown = example("inspect_file", orders)
    assert "user_id: int64" in shown and "delimiter: ," in shown


def test_load_and_group_keeps_the_table_and_writes_its_groups(tmp_path):
    database, totals = tmp_path / "shop.duckdb", tmp_path / "totals.parquet"
    assert example("load_and_group", 123_456, database, totals) == "123456 orders of 1000 users\n"
    rows = pyarrow.parquet.read_table(totals)
    assert sum(rows["orders"].to_pylist()) == 123_456
    assert sum(rows["total"].to_pylist()) == sum(order % 400 / 4 for order in range(123_456))
    assert rows["total"].to_pylist() == sorted(rows["total"].to_pylist(), reverse=True)
    # The table stays, and is replaced by the next run.
    again = tmp_path / "again.parquet"
    assert example("load_and_group", 1000, database, again) == "1000 orders of 1000 users\n"
    kept = subprocess.run(
        [BOWYER, "sql", "select count(*) as n from orders", "--database", database, "--format", "csv"],
        capture_output=True,
        text=True,
    )
    assert kept.stdout == "n\n1000\n", kept.stderr


def test_long_stream_takes_no_more_memory_for_more_rows():
    shown = example("long_stream", 5_000_000)
    rows, batches, most = re.fullmatch(r"(\d+) rows in (\d+) batches, at most (\d+) MiB\n", shown).groups()
    assert (int(rows), int(batches)) == (4_000_000, 40)
    assert int(most) < 64


def test_running_sums(orders, tmp_path):
    out = tmp_path / "sums.arrow"
    assert example("running_sums", orders, "amount", out) == "100000 rows\n"
    written = pyarrow.feather.read_table(out)
    amounts = pyarrow.csv.read_csv(orders)["amount"].to_pylist()
    assert written["amount_so_far"].to_pylist() == list(itertools.accumulate(amounts))
    assert "no column nothing" in example("running_sums", orders, "nothing", tmp_path / "x.arrow", code=4)


def test_query_own_data():
    assert example("query_own_data", 100_001) == "cellar 50000 29\nroof 50001 28\n"


def test_lazy_frame_from_csv_to_parquet(orders, tmp_path):
    out = tmp_path / "totals.parquet"
    shown = example("lazy_frame", orders, out)
    assert f'FROM "{orders}"' in shown and 'GROUP BY "category"' in shown
    written = {row["category"]: row for row in pyarrow.parquet.read_table(out).to_pylist()}
    rows = [row for row in pyarrow.csv.read_csv(orders).to_pylist() if (row["amount"] or 0) > 10]
    for category, row in written.items():
        amounts = [row["amount"] for row in rows if row["category"] == category]
        assert row["orders"] == len(amounts) and row["total"] == pytest.approx(sum(amounts))
    assert sum(row["orders"] for row in written.values()) == len(rows)
