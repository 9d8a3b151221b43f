"""Memory depends on batch size and threads, not on rows."""

import json
import subprocess

import pyarrow.feather
import pytest

from conftest import BOWYER, ROOT, SANITIZED, run

pytestmark = pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory would be measured")

MIB = 1 << 20
GENERATE = ROOT / "build" / "release" / "bin" / "examples" / "generate_shop"


def peak(*args):
    """Peak resident bytes of a whole finished process, by the kernel's count."""
    with open("/dev/null", "wb") as null:
        process = subprocess.Popen(
            ["/usr/bin/env", "time", "-f", "%M", BOWYER, *map(str, args)], stdout=null, stderr=subprocess.PIPE
        )
        errors = process.stderr.read().decode()
    assert process.wait() == 0, errors
    return int(errors.strip().splitlines()[-1]) * 1024


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """The same shop in two sizes, as CSV."""
    folder = tmp_path_factory.mktemp("shops")
    paths = {}
    for rows in (2_400_000, 12_000_000):
        paths[rows] = folder / f"orders-{rows}.csv"
        subprocess.run([GENERATE, str(rows), paths[rows]], check=True, capture_output=True)
    return paths


def test_five_times_the_rows_take_the_same_memory(shops, tmp_path):
    empty = peak("--version")
    before = dict(shops)
    for suffix in ("parquet", "arrow", "jsonl", "csv"):
        peaks, after = {}, {}
        for rows, path in before.items():
            after[rows] = tmp_path / f"{rows}.{suffix}"
            peaks[rows] = peak("copy", path, after[rows], "--quiet")
            if path not in shops.values():
                path.unlink()
        small, large = peaks.values()
        assert large - empty <= 256 * MIB, (suffix, peaks)
        # A tenth more, and 64 MiB for chance: the small one ends before as many row groups are under way.
        assert large <= small * 1.1 + 64 * MIB, (suffix, peaks)
        before = after
    assert before[12_000_000].read_bytes() == shops[12_000_000].read_bytes()


def test_a_small_budget_is_kept(shops, tmp_path):
    empty = peak("--version")
    for suffix in ("parquet", "arrow", "csv.gz"):
        used = peak("copy", shops[12_000_000], tmp_path / f"out.{suffix}", "--quiet", "--memory", "48M") - empty
        # The budget is for buffers; code, stacks and the allocator's own tables come on top.
        assert used <= (48 + 40) * MIB, (suffix, used)


def test_sorting_spills_within_the_budget(shops, tmp_path):
    empty = peak("--version")
    out = tmp_path / "sorted.arrow"
    used = peak("copy", shops[12_000_000], out, "--quiet", "--sort", "user_id", "--memory", "64M") - empty
    assert used <= (64 + 80) * MIB, used
    numbers = pyarrow.feather.read_table(out, columns=["user_id"])["user_id"].to_numpy()
    assert len(numbers) == 12_000_000 and (numbers[1:] >= numbers[:-1]).all()


def test_the_summary_tells_the_peak(shops, tmp_path):
    facts = json.loads(run("copy", shops[2_400_000], tmp_path / "o.parquet", "--json", check=0).stdout)
    assert facts["rows"] == 2_400_000 and facts["peak_memory"] > 0


def test_wide_rows_into_a_table_take_the_same_memory(tmp_path):
    """Row groups of 122,880 rows of them would not fit: they become smaller ones."""
    peaks = {}
    for rows in (20_000, 80_000):
        columns = ", ".join(f"(hash(i + {c}) // 2)::bigint as c{c}" for c in range(500))
        source = tmp_path / f"{rows}.parquet"
        run("sql", f"select {columns} from range({rows}) t(i)", "-o", source, "--row-group-rows", "2000", timeout=120, memory_gib=4, check=0)
        peaks[rows] = peak("copy", source, f"duckdb:{tmp_path / f'{rows}.duckdb'}#t", "--quiet")
    assert peaks[80_000] <= peaks[20_000] * 1.15 + 64 * MIB, peaks
    assert peaks[80_000] - peak("--version") <= 320 * MIB, peaks
