"""Channels from Python: producers and consumers in threads and in processes, deaths and closings in any order."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import uuid

import polars as pl
import pyarrow as pa
import pytest

import bowyer
from bowyer import Channel


@pytest.fixture
def name(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return f"t{uuid.uuid4().hex[:8]}"


def numbers(rows=100_000, start=0):
    return pa.table({"i": pa.array(range(start, start + rows), pa.int64()), "s": [f"s{i}" for i in range(rows)]})


def put(name, *tables, **options):
    """Puts tables on a thread; its result is joined by the caller."""

    def work():
        with Channel(name, **options) as channel:
            for table in tables:
                channel.put(table)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_what_is_put_is_got(name):
    table = numbers()
    thread = put(name, table.slice(0, 60_000), table.slice(60_000))
    with Channel(name) as channel:
        assert channel.schema.equals(table.schema)
        found = pa.Table.from_batches(batch for batch in channel)
    thread.join()
    assert found.equals(table)


@pytest.mark.parametrize("kind", ["batch", "polars", "generator", "dict"])
def test_any_table_can_be_put(name, kind):
    table = numbers(1000)
    value = {
        "batch": lambda: table.to_batches()[0],
        "polars": lambda: pl.from_arrow(table),
        "generator": lambda: iter(table.to_batches(max_chunksize=10)),
        "dict": lambda: {"i": table["i"].combine_chunks(), "s": table["s"].combine_chunks()},
    }[kind]()
    thread = put(name, value)
    assert Channel(name).read().to_polars().select("i", "s").rows() == list(zip(table["i"].to_pylist(), table["s"].to_pylist()))
    thread.join()


def test_a_channel_is_a_table_of_a_query_and_a_location(name, tmp_path):
    thread = put(name, numbers(1000))
    assert bowyer.sql(f"select sum(i) as n from 'shm:{name}'").to_pylist() == [{"n": 499500}]
    thread.join()
    other = threading.Thread(target=lambda: bowyer.copy(numbers(10), f"shm:{name}2"))
    other.start()
    assert bowyer.scan(Channel(f"{name}2")).count() == 10
    other.join()


def test_processes_exchange_a_table(name):
    code = (
        "import sys, pyarrow as pa, bowyer\n"
        "with bowyer.Channel(sys.argv[1]) as channel:\n"
        "    for part in range(20):\n"
        "        channel.put(pa.table({'i': pa.array(range(part * 1000, part * 1000 + 1000), pa.int64())}))\n"
    )
    producer = python(code, name)
    assert Channel(name).read().to_arrow()["i"].to_pylist() == list(range(20_000))
    assert producer.wait(30) == 0, producer.stderr.read()


def test_several_producers_and_consumers(name):
    threads = [put(name, numbers(10_000, start * 10_000), producers=3) for start in range(3)]
    found = []

    def consume():
        for batch in Channel(name, producers=3):
            found.extend(batch["i"].to_pylist())

    consumers = [threading.Thread(target=consume) for _ in range(2)]
    for thread in consumers:
        thread.start()
    for thread in threads + consumers:
        thread.join()
    assert sorted(found) == list(range(30_000))


def test_batches_outlive_their_channel(name):
    thread = put(name, numbers(1000))
    channel = Channel(name)
    batch = channel.get()
    assert channel.get() is None
    channel.close()
    thread.join()
    del channel
    gc.collect()
    assert batch["i"].to_pylist() == list(range(1000)) and batch["s"][999].as_py() == "s999"
    part = batch["s"]
    del batch
    gc.collect()
    assert part[5].as_py() == "s5"


def test_an_exception_makes_the_channel_fail(name):
    came = threading.Event()

    def work():
        with pytest.raises(ZeroDivisionError):
            with Channel(name) as channel:
                channel.put(numbers(10))
                came.wait(60)  # who comes behind the end finds no channel at all
                1 / 0

    thread = threading.Thread(target=work)
    thread.start()
    channel = Channel(name)
    assert channel.get().num_rows == 10
    came.set()
    with pytest.raises(bowyer.PeerError) as caught:
        channel.get()
    thread.join()
    assert isinstance(caught.value, ConnectionError)


def test_a_killed_producer_is_an_error(name):
    code = (
        "import sys, time, pyarrow as pa, bowyer\n"
        "channel = bowyer.Channel(sys.argv[1])\n"
        "channel.put(pa.table({'i': [1, 2, 3]}))\n"
        "print('put', flush=True)\n"
        "time.sleep(60)\n"
    )
    producer = python(code, name)
    channel = Channel(name)
    assert channel.get().num_rows == 3
    producer.send_signal(signal.SIGKILL)
    with pytest.raises(bowyer.PeerError):
        channel.get()
    producer.wait()


def test_closed_channels_say_so(name):
    channel = Channel(name)
    channel.close()
    with pytest.raises(bowyer.UsageError, match="closed"):
        channel.put(numbers(1))
    with pytest.raises(bowyer.UsageError, match="closed"):
        channel.get()
    with pytest.raises(bowyer.UsageError):
        Channel("no/name").get()
    with pytest.raises(bowyer.DataError):
        with Channel(name) as first:
            first.open(pa.schema([("a", pa.int64())]))
            Channel(name).put({"b": [1]})


def test_channels_are_listed(name):
    channel = Channel(name)
    channel.open(pa.schema([("a", pa.int64())]))
    [listed] = [one for one in bowyer.channels() if one["name"] == name]
    assert listed["state"] == "open" and listed["pid"] == os.getpid()
    channel.close()


def test_waiting_is_interrupted(name):
    code = (
        "import sys, bowyer\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    bowyer.Channel(sys.argv[1]).get()\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    consumer = python(code, name)
    assert consumer.stdout.readline() == "ready\n"
    time.sleep(0.5)
    consumer.send_signal(signal.SIGINT)
    output, errors = consumer.communicate(timeout=10)
    assert output == "interrupted\n", errors
    assert consumer.returncode == 0


def forked(name, queue):
    try:
        queue.put(sum(batch.num_rows for batch in Channel(name)))
    except Exception as error:
        queue.put(repr(error))


def test_a_forked_child_takes_part(name):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=forked, args=(name, queue))
    child.start()
    with Channel(name) as channel:
        channel.put(numbers(1000))
    assert queue.get(timeout=20) == 1000
    child.join()
    assert child.exitcode == 0
