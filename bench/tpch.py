"""TPC-H: its tables, its queries as plain SQL, and whether a result is the published answer.

tests/tpch/answers has the answers for scale factors 0.01 and 1: CSV with bars, or, where that is long, the number of
rows and the digest of their lines. Those for 0.01 are of a generator with texts of its own: what depends on them (query
13; addresses and comments, written *) is left out, as are the 286 addresses of queries 2 and 20 and the comments of
query 2 at 1. Sums of floats depend on the order of adding, so numbers are compared to 9 digits.

python tpch.py PEER FOLDER FORMAT QUERY runs one query with a peer: the seconds of the query alone (imports and the
opening of files not counted) as a line of JSON, then the result as CSV.
"""

import csv
import hashlib
import io
import json
import math
import pathlib
import re
import resource
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"]
QUERIES = range(1, 23)


def sql(query):
    text = (ROOT / "tests" / "sql" / "tpch_reference.sql").read_text()
    sections = dict(part.partition("\n")[::2] for part in re.split(r"^-- name: ", text, flags=re.M)[1:])
    return sections[str(query)].strip()


def generate(folder, scale, bowyer):
    """The tables as Parquet, and as Arrow IPC files made from it by bowyer copy."""
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / f"{table}.parquet").exists() for table in TABLES):
        generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
        command = [generator, "parquet", "-s", f"{scale:g}", "--output-dir", folder, "--overwrite"]
        subprocess.run(command, check=True, capture_output=True)
    for table in TABLES:
        arrow = folder / f"{table}.arrow"
        if not arrow.exists():
            subprocess.run([bowyer, "copy", folder / f"{table}.parquet", arrow, "--quiet"], check=True)


def table_options(folder, suffix):
    return [word for table in TABLES for word in ("--table", f"{table}={folder / table}.{suffix}")]


def sql_command(bowyer, folder, suffix, query):
    return [bowyer, "sql", sql(query), *table_options(folder, suffix), "--format", "csv", "--quiet"]


def frames_command(program, folder, suffix, query):
    return [program, folder, suffix, query]


def fault(query, scale, text):
    """What is wrong with a result (CSV), or None, also where there is no answer to compare it with."""
    folder = ROOT / "tests" / "tpch" / "answers" / f"sf{scale:g}"
    names, *rows = csv.reader(io.StringIO(text))
    answer, digest = folder / f"{query:02}.csv", folder / f"{query:02}.sha256"
    if digest.exists():
        expected_names, count, expected = digest.read_text().split()
        if len(rows) != int(count):
            return f"{len(rows)} rows in place of {count}"
        body = "".join("|".join(row) + "\n" for row in rows)
        return None if hashlib.sha256(body.encode()).hexdigest() == expected else "other values"
    if not answer.exists():
        return None
    return difference(names, rows, *[line.split("|") for line in answer.read_text().splitlines()])


def difference(names, rows, expected_names, *expected):
    if len(names) != len(expected_names):
        return f"columns {names} in place of {expected_names}"
    if len(rows) != len(expected):
        return f"{len(rows)} rows in place of {len(expected)}"
    for number, (row, other) in enumerate(zip(rows, expected), 1):
        for name, cell, wanted in zip(names, row, other):
            if not same(cell, wanted):
                return f"row {number}, {name}: {cell} in place of {wanted}"
    return None


def same(cell, wanted):
    # The answers have no blanks at the ends of texts.
    if wanted == "*" or cell.rstrip() == wanted.rstrip():
        return True
    try:
        return math.isclose(float(cell), float(wanted), rel_tol=1e-9)
    except ValueError:
        return False


def duckdb(folder, suffix, query):
    import duckdb as module
    import pyarrow.dataset

    connection = module.connect()
    for table in TABLES:
        path = folder / f"{table}.{suffix}"
        if suffix == "parquet":
            connection.execute(f"create view {table} as from '{path}'")
        else:
            connection.register(table, pyarrow.dataset.dataset(path, format="ipc"))
    return lambda: connection.sql(sql(query)).to_arrow_table()


def polars(folder, suffix, query):
    import polars as module

    scan = {"parquet": module.scan_parquet, "arrow": module.scan_ipc}[suffix]
    context = module.SQLContext({table: scan(folder / f"{table}.{suffix}") for table in TABLES})
    return lambda: context.execute(sql(query).rstrip(";")).collect().to_arrow()


PEERS = {"duckdb": duckdb, "polars": polars}

if __name__ == "__main__":
    peer, folder, suffix, query = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (600, 600))  # a plan gone wrong ends
    job = PEERS[peer](pathlib.Path(folder), suffix, int(query))
    start = time.perf_counter()
    table = job()
    print(json.dumps({"seconds": time.perf_counter() - start}))
    writer = csv.writer(sys.stdout)
    writer.writerow(table.column_names)
    for row in zip(*(column.to_pylist() for column in table.columns)):
        writer.writerow("" if value is None else value for value in row)
