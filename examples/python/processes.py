"""A producer and a consumer process. With multiprocessing.Queue and pickled IPC buffers, as tutorials have it; with a channel
through shared memory. Both from the moment at which the producer, whose table is there, begins, to the last batch."""

import multiprocessing
import os
import uuid

import pyarrow as pa
from common import orders, rows, same, timed

import bowyer

BATCH = 100_000


def produce_pickled(queue, ready, go, count):
    batches = orders(count).to_batches(max_chunksize=BATCH)
    ready.set()
    go.wait()
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        queue.put(sink.getvalue())
    queue.put(None)


def produce(name, ready, go, count):
    table = pa.Table.from_batches(orders(count).to_batches(max_chunksize=BATCH))
    with bowyer.Channel(name) as channel:
        channel.open(table.schema)
        ready.set()
        go.wait()
        channel.put(table)


def took(label, target, argument, count, receive):
    """Starts a producer, takes all that it gives, and tells rows, the sum of the first values, and the time."""
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    producer = context.Process(target=target, args=(argument, ready, go, count))
    producer.start()
    ready.wait()
    found = ids = 0
    with timed(label) as clock:
        go.set()
        for part in receive():
            found += part.num_rows
            ids += part["order_id"][0].as_py()
    producer.join()
    return (found, ids), clock.seconds


def main():
    count = rows(5_000_000)
    queue = multiprocessing.get_context("spawn").Queue()

    def from_queue():
        while (part := queue.get()) is not None:
            yield pa.ipc.open_stream(part).read_all()

    tutorial, seconds = took("multiprocessing.Queue", produce_pickled, queue, count, from_queue)
    name = f"orders-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    found, ours = took("bowyer.Channel", produce, name, count, lambda: bowyer.Channel(name))
    same(found[0], tutorial[0], f"{count:,} rows")
    print(f"the channel took {ours / seconds:.3f} of the queue's time")


if __name__ == "__main__":
    main()
