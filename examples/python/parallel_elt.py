"""Parallel ELT: processes read a Parquet file's row groups and hand them to others, which aggregate them in DuckDB; what they
find is merged into a Parquet file. With multiprocessing.Queue and IPC buffers, as tutorials have it; with two channels through
shared memory. Wall time, peak memory of each process, and bytes that were copied on the way."""

import multiprocessing
import os
import pathlib
import re
import time
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from common import batches, rows, same

import bowyer

PRODUCERS, CONSUMERS = 2, 2
TOTALS = "select category, count(*) as n, sum(user_id)::bigint as users from {} group by 1"
MERGED = "select category, sum(n)::bigint as n, sum(users)::bigint as users from {} group by 1 order by 1"
spawn = multiprocessing.get_context("spawn")


def batches_of(path, number):
    """Of each PRODUCERS-th row group of the file."""
    file = pq.ParquetFile(path)
    return file.iter_batches(100_000, row_groups=range(number, file.num_row_groups, PRODUCERS))


def measured(peaks, role, work, *args):
    """A process: its copied bytes, and its peak in memory (getrusage would count what it was forked from, too)."""
    copied = work(*args)
    peak = re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]
    peaks.put((role, copied, int(peak) // 1024))


# As tutorials have it. Each batch is copied into a buffer, into the pipe, and out of it.


def produce_buffers(path, number, line):
    copied = 0
    for batch in batches_of(path, number):
        buffer = batch.serialize().to_pybytes()
        line.put((batch.schema.serialize().to_pybytes(), buffer))
        copied += 3 * len(buffer)
    line.put(None)
    return copied


def consume_buffers(line, results):
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("create table parts (category varchar, n bigint, users bigint)")
    while (item := line.get()) is not None:
        schema, buffer = item
        batch = pa.ipc.read_record_batch(pa.py_buffer(buffer), pa.ipc.read_schema(pa.py_buffer(schema)))
        connection.register("batch", pa.Table.from_batches([batch]))
        connection.execute("insert into parts " + TOTALS.format("batch"))
    results.put(connection.sql(MERGED.format("parts")).to_arrow_table().to_pylist())
    return 0


def with_queues(path, out, peaks):
    line, results = spawn.Queue(64), spawn.Queue()
    producers = [spawn.Process(target=measured, args=(peaks, "producer", produce_buffers, path, i, line)) for i in range(PRODUCERS)]
    consumers = [spawn.Process(target=measured, args=(peaks, "consumer", consume_buffers, line, results)) for _ in range(CONSUMERS)]
    for process in producers + consumers:
        process.start()
    parts = pa.Table.from_pylist([row for _ in consumers for row in results.get()])
    pq.write_table(duckdb.sql(MERGED.format("parts")).to_arrow_table(), out)
    return producers + consumers


# With channels. Each batch is copied once, into shared memory, and read where it lies.


def produce(path, number, name):
    copied = 0
    with bowyer.Channel(name, producers=PRODUCERS, consumers=CONSUMERS) as channel:
        channel.open(pq.read_schema(path))  # also where there is no row group for it
        for batch in batches_of(path, number):
            channel.put(batch)
            copied += batch.nbytes
    return copied


def consume(name, results):
    part = bowyer.sql(TOTALS.format(f"'shm:{name}?producers={PRODUCERS}&consumers={CONSUMERS}'"), threads=1).to_arrow()
    with bowyer.Channel(results, producers=CONSUMERS) as channel:
        channel.put(part)
    return part.nbytes


def with_channels(path, out, peaks):
    name = f"orders-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    results = f"{name}-totals"
    producers = [spawn.Process(target=measured, args=(peaks, "producer", produce, path, i, name)) for i in range(PRODUCERS)]
    consumers = [spawn.Process(target=measured, args=(peaks, "consumer", consume, name, results)) for _ in range(CONSUMERS)]
    for process in producers + consumers:
        process.start()
    bowyer.copy(bowyer.sql(MERGED.format(f"'shm:{results}?producers={CONSUMERS}'")), out, if_exists="overwrite")
    return producers + consumers


def run(label, work, path, out):
    peaks = spawn.Queue()
    start = time.perf_counter()
    processes = work(path, out, peaks)
    seconds = time.perf_counter() - start
    facts = sorted(peaks.get() for _ in processes)
    for process in processes:
        process.join()
    print(f"{label:24} {seconds:7.2f} s, {sum(copied for _, copied, _ in facts) / 1e6:,.0f} MB copied; peak memory of the processes: "
          + ", ".join(f"{role} {peak} MB" for role, _, peak in facts))  # fmt: skip
    return pq.read_table(out).to_pylist()


def main():
    count = rows(50_000_000)
    path = pathlib.Path(f"orders-{count}.parquet")
    if not path.exists():
        bowyer.copy(lambda: batches(count), path, row_group_rows=max(1000, count // 50))
    tutorial = run("multiprocessing.Queue", with_queues, path, "totals-queue.parquet")
    ours = run("bowyer.Channel", with_channels, path, "totals-channel.parquet")
    same(ours, tutorial, f"totals of {count:,} rows")


if __name__ == "__main__":
    main()
