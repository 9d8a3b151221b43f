"""What it costs to hand batches of one int64 column from one process to another. The time is that of the producer, or
the consumer's from its first batch on; every consumer counts rows and reads no value, but for bowyer-values.

Called with a tool, a number of batches and their rows, it is one run of a peer.
"""

import json
import multiprocessing
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

RUN = pathlib.Path(__file__).resolve().parent.parent / "build" / "release" / "bin" / "channel_run"
# The floor: a copy of the same bytes within one process, again and again, to one buffer, or to four in turn, which do
# not stay in a core's cache.
TOOLS = ["bowyer", "bowyer-values", "queue", "flight", "pipe", "unix", "floor-memcpy", "floor-memcpy-4"]


def measure(run_once, tool, batches, rows):
    """One run of one tool; the queue, which pickles, gets an eighth of the large batches."""
    if tool.startswith("bowyer"):
        with tempfile.TemporaryDirectory(prefix="bowyer-") as folder:
            os.environ["XDG_RUNTIME_DIR"] = folder
            consumer = subprocess.Popen([RUN, "sum" if tool == "bowyer-values" else "consume", "shm:bench"], stdout=subprocess.PIPE)
            time.sleep(0.1)
            _, cpu, memory, output = run_once([str(RUN), "produce", "shm:bench", str(batches), str(rows)])
            told = json.loads(consumer.communicate()[0])
        assert told["rows"] == batches * rows
        seconds = json.loads(output)["seconds"]
    elif tool.startswith("floor"):
        _, cpu, memory, output = run_once([str(RUN), "memcpy", str(rows * 8), "4" if tool.endswith("4") else "1"])
        told = json.loads(output)
        seconds = told["seconds"] * batches * rows * 8 / told["bytes"]
    else:
        share = 8 if rows > 1 else 1
        _, cpu, memory, output = run_once([sys.executable, __file__, tool, str(batches // share), str(rows)])
        seconds, cpu = json.loads(output)["seconds"] * share, cpu * share
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "bytes": None}


# The peers, each with a process that produces and this one, which consumes.


def batch_of(rows):
    import numpy
    import pyarrow as pa

    return pa.record_batch({"id": pa.array(numpy.arange(rows, dtype="int64"))})


def counted(parts, batches, rows):
    """The seconds from the first part to the last."""
    parts = iter(parts)
    total, start = next(parts).num_rows, time.perf_counter()
    total += sum(part.num_rows for part in parts)
    seconds = time.perf_counter() - start
    assert total == batches * rows
    return seconds


def put_into_queue(line, batches, rows):
    batch = batch_of(rows)
    for _ in range(batches):
        line.put(batch.serialize().to_pybytes())
    line.put(None)


def queue(spawn, batches, rows):
    import pyarrow as pa

    line = spawn.Queue(64)
    schema = batch_of(1).schema
    spawn.Process(target=put_into_queue, args=(line, batches, rows)).start()
    return counted((pa.ipc.read_record_batch(pa.py_buffer(data), schema) for data in iter(line.get, None)), batches, rows)


def write_stream(file, batches, rows):
    import pyarrow as pa

    batch = batch_of(rows)
    with pa.PythonFile(file, "w") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        for _ in range(batches):
            writer.write_batch(batch)


def write_pipe(connection, batches, rows):
    write_stream(os.fdopen(os.dup(connection.fileno()), "wb"), batches, rows)


def pipe(spawn, batches, rows):
    import pyarrow as pa

    here, there = spawn.Pipe(duplex=False)
    spawn.Process(target=write_pipe, args=(there, batches, rows)).start()
    there.close()
    with pa.PythonFile(os.fdopen(os.dup(here.fileno()), "rb"), "r") as source:
        return counted(pa.ipc.open_stream(source), batches, rows)


def write_socket(path, batches, rows):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    write_stream(connection.makefile("wb"), batches, rows)


def unix(spawn, batches, rows):
    import pyarrow as pa

    with tempfile.TemporaryDirectory(prefix="bowyer-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        listener.listen()
        spawn.Process(target=write_socket, args=(f"{folder}/socket", batches, rows)).start()
        with pa.PythonFile(listener.accept()[0].makefile("rb"), "r") as source:
            return counted(pa.ipc.open_stream(source), batches, rows)


def serve(connection, batches, rows):
    import pyarrow.flight as flight

    class Server(flight.FlightServerBase):
        def do_get(self, context, ticket):
            batch = batch_of(rows)
            return flight.GeneratorStream(batch.schema, (batch for _ in range(batches)))

    server = Server("grpc://127.0.0.1:0")
    connection.send(server.port)
    server.serve()


def flight(spawn, batches, rows):
    import pyarrow.flight as flight

    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there, batches, rows), daemon=True)
    server.start()
    client = flight.connect(f"grpc://127.0.0.1:{here.recv()}")
    seconds = counted((chunk.data for chunk in client.do_get(flight.Ticket(b""))), batches, rows)
    server.terminate()
    return seconds


if __name__ == "__main__":
    run = {"queue": queue, "flight": flight, "pipe": pipe, "unix": unix}[sys.argv[1]]
    print(json.dumps({"seconds": run(multiprocessing.get_context("spawn"), *map(int, sys.argv[2:]))}))
