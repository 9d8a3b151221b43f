"""One query by one peer in a process of its own; prints the seconds of the query alone (imports not counted) and its rows.

python query_peers.py PEER QUESTION, a JSON object: tables (name -> path), sql, polars
"""

import json
import sys
import time


def polars(question):
    import polars as pl

    def scan(path):
        if path.endswith(".csv"):
            return pl.scan_csv(path, try_parse_dates=True)
        return pl.scan_parquet(path) if path.endswith(".parquet") else pl.scan_ipc(path)

    if "polars" not in question or any(path.endswith(".duckdb") for path in question["tables"].values()):
        return None
    names = {name: scan(path) for name, path in question["tables"].items()}
    frame = eval(question["polars"], {"pl": pl, **names})
    return lambda: frame.collect(engine="streaming").rows()


def duckdb(question):
    import duckdb as module

    connection = module.connect()
    connection.execute("set enable_progress_bar = false")
    names = {}
    for name, path in question["tables"].items():
        if path.endswith(".duckdb"):
            connection.execute(f"attach '{path}' as d_{name} (read_only)")
            names[name] = f"d_{name}.{name}"
        elif path.endswith(".arrow"):
            import pyarrow.dataset

            connection.register(f"a_{name}", pyarrow.dataset.dataset(path, format="ipc"))
            names[name] = f"a_{name}"
        else:
            names[name] = f"'{path}'"
    sql = question["sql"].format(**names)
    return lambda: connection.execute(sql).fetchall()


PEERS = {"polars": polars, "duckdb": duckdb}

if __name__ == "__main__":
    run = PEERS[sys.argv[1]](json.loads(sys.argv[2]))
    if run is None:
        print(json.dumps({"seconds": None}))
    else:
        start = time.perf_counter()
        rows = run()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "rows": [[cell if isinstance(cell, (int, str)) else cell and float(cell) for cell in row] for row in rows]}))
