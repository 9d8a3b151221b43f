"""Makes the tables that the benchmarks run on, in bounded memory, the same bytes every time.

orders: user_id int64 below 1,000,000; amount float64 with two decimals; category, one of eight words.
wide:   60 mixed columns (ints, floats, texts, timestamps, dates, booleans), a tenth of the values null.
groupby, join_x, join_small, join_medium, join_big: in the style of h2o's db-benchmark.
"""

import argparse
import gzip
import math
import pathlib

import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet

CHUNK = 500_000
CATEGORIES = np.array(["books", "music", "games", "garden", "kitchen", "sports", "tools", "toys"])
WORDS = np.array(
    "the quick brown fox jumps over a lazy dog while seven pale wizards mix bright potions quietly "
    "near old stone bridges and every river carries small wooden boats towards a distant harbour".split()
)


def orders(rows, rng):
    amount = np.round(rng.exponential(60.0, rows) + 0.01, 2)
    return pa.table(
        {
            "user_id": rng.integers(0, 1_000_000, rows),
            "amount": amount,
            "category": pa.array(CATEGORIES[rng.integers(0, 8, rows)]),
        }
    )


def wide(rows, rng):
    columns = {}
    start = np.datetime64("2020-01-01T00:00:00", "us")

    def put(name, values):
        mask = rng.random(rows) < 0.1
        columns[name] = pa.array(values, mask=mask)

    for i in range(10):
        put(f"int_{i}", rng.integers(0, 10 ** (i + 1), rows))
    for i in range(5):
        put(f"key_{i}", rng.integers(-(2**62), 2**62, rows))
    for i in range(10):
        put(f"price_{i}", np.round(rng.exponential(100.0, rows), 2))
    for i in range(5):
        put(f"ratio_{i}", rng.random(rows))
    for i in range(10):
        put(f"label_{i}", np.char.add(f"label-{i}-", rng.integers(0, 20, rows).astype(str)))
    for i in range(8):
        first, second, third = (WORDS[rng.integers(0, len(WORDS), rows)] for _ in range(3))
        glue = ", " if i % 2 else " "
        put(f"text_{i}", np.char.add(np.char.add(np.char.add(first, glue), np.char.add(second, " ")), third))
    for i in range(6):
        put(f"at_{i}", start + rng.integers(0, 5 * 365 * 86_400 * 1_000_000, rows).astype("timedelta64[us]"))
    for i in range(3):
        put(f"day_{i}", (start + rng.integers(0, 2000, rows).astype("timedelta64[D]")).astype("datetime64[D]"))
    for i in range(3):
        put(f"flag_{i}", rng.random(rows) < 0.5)
    return pa.table(columns)


def groupby(total):
    groups = 100
    many = max(1, total // groups)

    def make(rows, rng):
        text = lambda digits, end: pa.array(np.char.add("id", np.char.zfill(rng.integers(1, end + 1, rows).astype(str), digits)))
        return pa.table(
            {
                "id1": text(3, groups),
                "id2": text(3, groups),
                "id3": text(10, many),
                "id4": rng.integers(1, groups + 1, rows),
                "id5": rng.integers(1, groups + 1, rows),
                "id6": rng.integers(1, many + 1, rows),
                "v1": rng.integers(1, 6, rows),
                "v2": rng.integers(1, 16, rows),
                "v3": np.round(rng.random(rows) * 100, 6),
            }
        )

    return make


def join_keys(total):
    """How many keys the small, the medium and the big table have."""
    return max(10, total // 1_000_000), max(10, total // 1000), total


def named(keys):
    return pa.array(np.char.add("id", keys.astype(str)))


def join_x(total):
    def make(rows, rng):
        # A tenth of the keys has no partner.
        keys = [rng.integers(1, count + count // 9 + 1, rows) for count in join_keys(total)]
        columns = {f"id{i + 1}": key for i, key in enumerate(keys)}
        columns |= {f"id{i + 4}": named(key) for i, key in enumerate(keys)}
        return pa.table(columns | {"v1": np.round(rng.random(rows) * 100, 6)})

    return make


def join_right(level):
    """Each key once, in an order of its own."""

    def of_total(total):
        count = join_keys(total)[level]
        step = next(n for n in range(count * 5 // 8 | 1, 2 * count + 3) if math.gcd(n, count) == 1)
        start = 0

        def make(rows, rng):
            nonlocal start
            keys = (np.arange(start, start + rows, dtype=np.int64) * step) % count + 1
            start += rows
            return pa.table({f"id{level + 1}": keys, f"id{level + 4}": named(keys), "v2": np.round(rng.random(rows) * 100, 6)})

        return make

    return of_total


class TextWriter:
    """CSV (quoted only where needed) or JSON lines, plain or gzip."""

    def __init__(self, path, suffixes):
        self.json = ".jsonl" in suffixes
        self.stream = gzip.open(path, "wb", compresslevel=6) if ".gz" in suffixes else open(path, "wb")
        self.first = True

    def write_table(self, table):
        frame = polars.from_arrow(table)
        if self.json:
            frame.write_ndjson(self.stream)
        else:
            frame.write_csv(self.stream, include_header=self.first)
        self.first = False

    def close(self):
        self.stream.close()


def open_writer(path, suffixes, schema):
    if suffixes[-1] == ".parquet":
        return pyarrow.parquet.ParquetWriter(path, schema)
    if suffixes[-1] == ".arrow":
        return pa.ipc.new_file(path, schema)
    return TextWriter(path, suffixes)


def write(path, make, rows, seed=7):
    """Writes `rows` rows of make(rows, rng): .csv, .jsonl (also .gz), .parquet or .arrow."""
    path = pathlib.Path(path)
    part = path.with_name(path.name + ".part")
    rng = np.random.default_rng(seed)
    writer = None
    for start in range(0, rows, CHUNK):
        table = make(min(rows - start, CHUNK), rng)
        writer = writer or open_writer(part, path.suffixes, table.schema)
        writer.write_table(table)
    writer.close()
    part.rename(path)


# Name -> rows of the whole -> maker of so many rows.
TABLES = {
    "orders": lambda total: orders,
    "wide": lambda total: wide,
    "groupby": groupby,
    "join_x": join_x,
    "join_small": join_right(0),
    "join_medium": join_right(1),
    "join_big": join_right(2),
}


def rows_of(table, total):
    """The right sides of a join have fewer rows than its left."""
    levels = {"join_small": 0, "join_medium": 1}
    return join_keys(total)[levels[table]] if table in levels else total


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("table", choices=TABLES)
    arguments.add_argument("rows", type=int)
    arguments.add_argument("path")
    chosen = arguments.parse_args()
    write(chosen.path, TABLES[chosen.table](chosen.rows), rows_of(chosen.table, chosen.rows))
