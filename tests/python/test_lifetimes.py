"""Nothing crashes in whatever order objects, threads, processes and the interpreter end."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pytest

import bowyer
from bowyer import col

LONG = "select sum(hash(a.range * b.range)) as x from range(10000000) a, range(10000) b"


def run(code, timeout=60, expect=0):
    """Another interpreter that runs `code`."""
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", code], capture_output=True, text=True, timeout=timeout)
    assert done.returncode == expect, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def test_a_reader_outlives_its_engine_and_its_sources():
    table = pa.table({"i": list(range(100_000))})
    engine = bowyer.Engine()
    engine.register("t", table)
    result = engine.sql("select i, i::text as s from t")
    frame = engine.scan("t").filter(col("i") < 10)
    del table, engine
    gc.collect()
    assert sum(batch.num_rows for batch in result) == 100_000
    assert frame.count() == 10
    reader = pa.RecordBatchReader.from_stream(bowyer.sql("select range as i from range(1000000)"))
    first = reader.read_next_batch()
    reader.close()
    del reader
    gc.collect()
    assert first["i"][0].as_py() == 0


def test_columns_outlive_their_batches_and_contexts():
    parts = []
    for _ in range(20):
        batch = next(iter(bowyer.sql("select range as i, [range] as l, 'x' || range as s from range(5000)")))
        parts.append(batch["l"])
        parts.append(batch["s"].slice(10, 5))
        del batch
    gc.collect()
    assert all(part[0].as_py() in ([0], "x10") for part in parts)


def test_dropped_results_end_their_queries():
    for _ in range(20):
        result = bowyer.sql("select range as i, md5(range::text) as s from range(1000000000)")
        next(iter(result))
        del result
    gc.collect()


def test_a_generator_is_let_go_of():
    ended = []

    def numbers():
        try:
            while True:
                yield pa.record_batch({"i": list(range(10_000))})
        finally:
            ended.append(True)

    result = bowyer.scan(numbers()).stream()
    next(iter(result))
    result.close()
    del result
    for _ in range(20):
        gc.collect()
        if ended:
            break
        time.sleep(0.1)
    assert ended


def test_ctrl_c_stops_a_query():
    code = f"""
import signal, threading, time, os, bowyer
threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    bowyer.sql({LONG!r}).to_arrow()
except KeyboardInterrupt:
    assert time.monotonic() - start < 10
    assert bowyer.sql("select 1 as one").to_pylist() == [{{"one": 1}}]
    print("stopped")
"""
    assert run(code).stdout == "stopped\n"


def test_ctrl_c_leaves_no_file(tmp_path):
    code = f"""
import signal, threading, time, os, bowyer
threading.Timer(1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    bowyer.scan(lambda: iter(lambda: __import__("pyarrow").record_batch({{"i": list(range(1000))}}), None)).sink({str(tmp_path / "out.parquet")!r})
except KeyboardInterrupt:
    print("stopped")
"""
    assert run(code).stdout == "stopped\n"
    assert os.listdir(tmp_path) == []


def test_threads_work_side_by_side():
    table = pa.table({"i": list(range(50_000))})
    frame = bowyer.scan(table)
    faults = []

    def work(number):
        try:
            for _ in range(5):
                assert frame.filter(col("i") >= number).count() == 50_000 - number
                assert len(bowyer.sql("select * from t", {"t": (b for b in table.to_batches(10_000))})) == 50_000
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_one_result_is_read_by_several_threads():
    result = bowyer.sql("select range as i from range(2000000)")
    reader = pa.RecordBatchReader.from_stream(result)
    rows = []

    def work():
        while True:
            try:
                rows.append(reader.read_next_batch().num_rows)
            except StopIteration:
                return

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(rows) == 2_000_000


@pytest.mark.parametrize(
    "left",
    [
        "result = bowyer.sql('select range as i from range(100000000)'); next(iter(result))",
        "import pyarrow as pa; reader = pa.RecordBatchReader.from_stream(bowyer.sql('select range as i from range(100000000)')); "
        "first = reader.read_next_batch()",
        "engine = bowyer.Engine(); engine.sql('create table t as select 1 as a').to_arrow(); frame = engine.scan('t')",
        "import pyarrow as pa\ndef endless():\n    while True:\n        yield pa.record_batch({'i': list(range(10_000))})\n"
        "result = bowyer.scan(endless()).stream(); next(iter(result))",
        "import os; os.environ['XDG_RUNTIME_DIR'] = os.getcwd(); import pyarrow as pa; channel = bowyer.Channel('left'); "
        "channel.put({'a': [1]})",
        f"import threading, time; threading.Thread(target=lambda: bowyer.sql({LONG!r}).to_arrow(), daemon=True).start(); time.sleep(0.5)",
        "import threading, time\ndef again():\n    while True:\n        bowyer.sql('select range as i from range(100000)').to_pandas()\n"
        "for _ in range(3):\n    threading.Thread(target=again, daemon=True).start()\ntime.sleep(0.5)",
        # Threads that go on: they want the GIL while the interpreter ends.
        "import threading, time\ndef again():\n    while True:\n        try:\n"
        "            bowyer.sql('select range as i from range(1000)').to_pandas()\n        except Exception:\n            pass\n"
        "for _ in range(3):\n    threading.Thread(target=again, daemon=True).start()\ntime.sleep(0.5)",
    ],
    ids=["result", "reader", "engine", "generator", "channel", "query in a thread", "queries in threads", "threads that go on"],
)
def test_the_interpreter_ends_with_things_open(left, tmp_path):
    code = f"import bowyer, sys, atexit\n{left}\nsys.modules['keep'] = dict(globals())\n"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stderr}"
    assert "Fatal Python" not in done.stderr and "terminate called" not in done.stderr


def test_a_fork_leaves_the_parents_objects_alone():
    code = """
import os, gc, pyarrow as pa, bowyer
engine = bowyer.Engine()
result = engine.sql("select range as i from range(10000000)")
batch = next(result.fetch_batches())
reader = pa.RecordBatchReader.from_stream(engine.sql("select range as i from range(10000000)"))
child = os.fork()
if child == 0:
    for use in (lambda: engine.sql("select 1"), lambda: reader.read_next_batch()):
        try:
            use()
            os._exit(1)
        except (bowyer.UsageError, pa.ArrowInvalid) as error:
            assert "fork" in str(error)
    assert batch["i"][3].as_py() == 3
    del result, batch, reader, engine
    gc.collect()
    assert bowyer.sql("select 42 as answer").to_pylist() == [{"answer": 42}]
    raise SystemExit(7)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
assert reader.read_next_batch()["i"][0].as_py() == 0
assert engine.sql("select 1 as a").to_pylist() == [{"a": 1}]
print("both")
"""
    assert run(code).stdout == "both\n"


def test_a_process_has_one_arrow():
    code = """
import bowyer, pyarrow
maps = {line.split()[-1] for line in open("/proc/self/maps") if "libarrow.so" in line}
assert len(maps) == 1 and maps.pop().startswith(pyarrow.__path__[0]), maps
print("one")
"""
    assert run(code).stdout == "one\n"
