"""One copy by one peer in a process of its own; prints the seconds of the copy alone (imports not counted).

python peers.py PEER INPUT OUTPUT COMPRESSION[:LEVEL]
"""

import json
import sys
import time


def suffix(path):
    for known in (".csv.gz", ".csv", ".jsonl", ".parquet", ".arrow"):
        if path.endswith(known):
            return known.removesuffix(".gz")[1:]
    raise SystemExit(f"unknown suffix: {path}")


def polars_streaming(source, target, codec, level):
    import polars

    scan = {
        "csv": lambda: polars.scan_csv(source, try_parse_dates=True),
        "jsonl": lambda: polars.scan_ndjson(source),
        "parquet": lambda: polars.scan_parquet(source),
        "arrow": lambda: polars.scan_ipc(source),
    }[suffix(source)]
    sink = {
        "parquet": lambda frame: frame.sink_parquet(target, compression=codec, compression_level=level),
        "arrow": lambda frame: frame.sink_ipc(target, compression="uncompressed"),
        "csv": lambda frame: frame.sink_csv(target),
        "jsonl": lambda frame: frame.sink_ndjson(target),
    }[suffix(target)]
    return lambda: sink(scan())


def polars_memory(source, target, codec, level):
    import polars

    read = {
        "csv": lambda: polars.read_csv(source, try_parse_dates=True),
        "jsonl": lambda: polars.read_ndjson(source),
        "parquet": lambda: polars.read_parquet(source),
        "arrow": lambda: polars.read_ipc(source),
    }[suffix(source)]
    write = {
        "parquet": lambda frame: frame.write_parquet(target, compression=codec, compression_level=level),
        "arrow": lambda frame: frame.write_ipc(target, compression="uncompressed"),
        "csv": lambda frame: frame.write_csv(target),
        "jsonl": lambda frame: frame.write_ndjson(target),
    }[suffix(target)]
    return lambda: write(read())


def duckdb(source, target, codec, level):
    import duckdb as module

    read = {"csv": "read_csv", "jsonl": "read_json", "parquet": "read_parquet"}.get(suffix(source))
    if read is None or suffix(target) == "arrow":
        return None
    options = {"parquet": f"format parquet, compression {codec}", "csv": "format csv", "jsonl": "format json"}
    option = options[suffix(target)]
    if level is not None:
        option += f", compression_level {level}"
    connection = module.connect()
    return lambda: connection.execute(f"copy (select * from {read}('{source}')) to '{target}' ({option})")


def pyarrow(source, target, codec, level):
    import pyarrow.csv
    import pyarrow.feather
    import pyarrow.json
    import pyarrow.parquet

    if suffix(target) == "jsonl":
        return None
    read = {
        "csv": lambda: pyarrow.csv.read_csv(source),
        "jsonl": lambda: pyarrow.json.read_json(source),
        "parquet": lambda: pyarrow.parquet.read_table(source),
        "arrow": lambda: pyarrow.feather.read_table(source),
    }[suffix(source)]
    write = {
        "parquet": lambda table: pyarrow.parquet.write_table(table, target, compression=codec, compression_level=level),
        "arrow": lambda table: pyarrow.feather.write_feather(table, target, compression="uncompressed"),
        "csv": lambda table: pyarrow.csv.write_csv(table, target),
    }[suffix(target)]
    return lambda: write(read())


PEERS = {"polars": polars_streaming, "polars-memory": polars_memory, "duckdb": duckdb, "pyarrow": pyarrow}

if __name__ == "__main__":
    peer, source, target, compression = sys.argv[1:]
    codec, _, level = compression.partition(":")
    job = PEERS[peer](source, target, codec, int(level) if level else None)
    if job is None:
        print(json.dumps({"seconds": None}))
    else:
        start = time.perf_counter()
        job()
        print(json.dumps({"seconds": time.perf_counter() - start}))
