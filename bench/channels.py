"""What a channel through shared memory costs: batches a second and bytes a second from one process to another, beside
memcpy, multiprocessing.Queue and Arrow Flight, on this machine, in turn. All consumers count rows, and read no value
unless it is said.

    python bench/channels.py [--rounds N]     after ./dev build; builds bench's channel_run itself
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import pyarrow as pa

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = ROOT / "build" / "release" / "bin" / "channel_run"
MIB = 1 << 20


def channel(batches, rows, consume="consume", location="shm:bench"):
    consumer = subprocess.Popen([RUN, consume, location], stdout=subprocess.PIPE)
    time.sleep(0.1)
    producer = subprocess.run([RUN, "produce", location, str(batches), str(rows)], stdout=subprocess.PIPE, check=True)
    assert consumer.wait() == 0
    told = json.loads(consumer.stdout.read())
    assert told["rows"] == batches * rows
    return json.loads(producer.stdout)["seconds"]


def channel_read(batches, rows):
    return channel(batches, rows, "sum")


def batch_of(rows):
    return pa.record_batch({"id": pa.array(numpy.arange(rows, dtype="int64"))})


def put_into_queue(queue, batches, rows):
    batch = batch_of(rows)
    for _ in range(batches):
        queue.put(batch.serialize().to_pybytes())
    queue.put(None)


def queue(batches, rows):
    fork = multiprocessing.get_context("spawn")
    line = fork.Queue(64)
    schema = batch_of(1).schema
    producer = fork.Process(target=put_into_queue, args=(line, batches, rows))
    producer.start()
    first = line.get()
    start, total = time.perf_counter(), pa.ipc.read_record_batch(pa.py_buffer(first), schema).num_rows
    while (data := line.get()) is not None:
        total += pa.ipc.read_record_batch(pa.py_buffer(data), schema).num_rows
    seconds = time.perf_counter() - start
    producer.join()
    assert total == batches * rows
    return seconds


def serve(pipe, batches, rows):
    import pyarrow.flight as flight

    class Server(flight.FlightServerBase):
        def do_get(self, context, ticket):
            batch = batch_of(rows)
            return flight.GeneratorStream(batch.schema, (batch for _ in range(batches)))

    server = Server("grpc://127.0.0.1:0")
    pipe.send(server.port)
    server.serve()


def flight(batches, rows):
    import pyarrow.flight as flight

    fork = multiprocessing.get_context("spawn")
    here, there = fork.Pipe()
    server = fork.Process(target=serve, args=(there, batches, rows))
    server.start()
    client = flight.connect(f"grpc://127.0.0.1:{here.recv()}")
    start = time.perf_counter()
    total = sum(chunk.data.num_rows for chunk in client.do_get(flight.Ticket(b"")))
    seconds = time.perf_counter() - start
    server.terminate()
    server.join()
    assert total == batches * rows
    return seconds


def copied():
    told = json.loads(subprocess.run([RUN, "memcpy", str(MIB)], stdout=subprocess.PIPE, check=True).stdout)
    return told["bytes"] / told["seconds"]


def median(function, rounds, *args):
    return statistics.median(function(*args) for _ in range(rounds))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    subprocess.run(["cmake", "--build", ROOT / "build" / "release", "--target", "channel_run"], check=True, stdout=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="bowyer-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        memcpy = statistics.median(copied() for _ in range(rounds))
        print(f"{'1 MiB batches':28} {'GB/s':>8} {'of memcpy':>10}")
        print(f"{'memcpy':28} {memcpy / 1e9:8.2f} {'100 %':>10}")
        for name, function, batches in (("shm:", channel, 8000), ("shm:, each value read", channel_read, 8000), ("multiprocessing.Queue", queue, 1000), ("Flight", flight, 2000)):
            rate = batches * MIB / median(function, rounds, batches, MIB // 8)
            print(f"{name:28} {rate / 1e9:8.2f} {100 * rate / memcpy:8.0f} %")
        print(f"\n{'100,000 batches of a row':28} {'µs each':>8}")
        for name, function in (("shm:", channel), ("multiprocessing.Queue", queue), ("Flight", flight)):
            print(f"{name:28} {median(function, rounds, 100_000, 1) * 10:8.2f}")


if __name__ == "__main__":
    main()
