"""Each example program does what its comment says."""

import subprocess

import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from conftest import ROOT, SANITIZED

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
