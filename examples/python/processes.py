"""A producer and a consumer process. With multiprocessing.Queue and pickled IPC buffers, as tutorials have it; with a channel
through shared memory."""

import multiprocessing
import os
import uuid

import pyarrow as pa
import pyarrow.compute
from common import orders, rows, same, timed

import bowyer

BATCH = 100_000


def produce_pickled(queue, count):
    for batch in orders(count).to_batches(max_chunksize=BATCH):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        queue.put(sink.getvalue().to_pybytes())
    queue.put(None)


def produce(name, count):
    table = orders(count)
    with bowyer.Channel(name) as channel:
        channel.put(table)


def main():
    count = rows(5_000_000)
    context = multiprocessing.get_context("spawn")

    queue = context.Queue()
    producer = context.Process(target=produce_pickled, args=(queue, count))
    producer.start()
    pickled, ids = 0, 0
    parts = [pa.ipc.open_stream(queue.get()).read_all()]  # the process has started, and made its table
    with timed("multiprocessing.Queue") as tutorial:
        while (part := queue.get()) is not None:
            parts.append(pa.ipc.open_stream(part).read_all())
        pickled = sum(part.num_rows for part in parts)
        ids = sum(pa.compute.sum(part["order_id"]).as_py() for part in parts)
    producer.join()

    name = f"orders-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    producer = context.Process(target=produce, args=(name, count))
    producer.start()
    found, total = 0, 0
    channel = bowyer.Channel(name)
    batch = channel.get()
    with timed("bowyer.Channel") as ours:
        while batch is not None:
            found += batch.num_rows
            total += pa.compute.sum(batch["order_id"]).as_py()
            batch = channel.get()
    producer.join()

    same((found, total), (pickled, ids), f"{found:,} rows")
    print(f"the channel took {ours.seconds / tutorial.seconds:.3f} of the queue's time")


if __name__ == "__main__":
    main()
