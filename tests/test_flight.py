"""Arrow Flight: grpc:// against pyarrow's servers, and `bowyer serve` against pyarrow's clients and itself."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet
import pytest

from conftest import SANITIZED, SLOWER, end, free_port, leftovers, run, start, wait_until
from test_channels import large, parquet, table  # noqa: F401 (fixtures)


class Server(flight.FlightServerBase):
    """What a pyarrow user writes: tables by name, each in parts; what is put is kept."""

    def __init__(self, location="grpc://127.0.0.1:0", parts=1, fault=None, **options):
        super().__init__(location, **options)
        self.tables = {}
        self.parts = parts
        self.fault = fault
        self.cancelled = []

    def info(self, name):
        data = self.tables[name]
        if self.fault:
            data = data.drop(["kind"])  # GeneratorStream sends no dictionaries
        step = -(-data.num_rows // self.parts) or 1
        endpoints = [
            flight.FlightEndpoint(b"%s %d %d" % (name.encode(), at, step), []) for at in range(0, data.num_rows or 1, step)
        ]
        return flight.FlightInfo(data.schema, flight.FlightDescriptor.for_path(name), endpoints, data.num_rows, -1)

    def list_flights(self, context, criteria):
        return [self.info(name) for name in self.tables]

    def get_flight_info(self, context, descriptor):
        name = (descriptor.command or b"/".join(descriptor.path)).decode()
        if name not in self.tables:
            raise KeyError(f"no table {name}")
        return self.info(name)

    def do_get(self, context, ticket):
        name, at, step = ticket.ticket.decode().split()
        data = self.tables[name].slice(int(at), int(step))
        if self.fault is None:
            return flight.RecordBatchStream(data)
        data = data.drop(["kind"])

        def batches():
            for batch in data.to_batches(max_chunksize=5_000):
                yield batch
                self.fault()

        return flight.GeneratorStream(data.schema, batches())

    def do_put(self, context, descriptor, reader, writer):
        if self.fault:
            reader.read_chunk()
            self.fault()
        chunks = []
        for chunk in reader:
            chunks.append(chunk.data)
            writer.write(b"got one")
        self.cancelled.append(context.is_cancelled())
        self.tables["/".join(part.decode() for part in descriptor.path)] = pa.Table.from_batches(
            chunks, schema=reader.schema
        )


@contextlib.contextmanager
def serving(server):
    try:
        yield f"grpc://127.0.0.1:{server.port}"
    finally:
        server.shutdown()


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("rows", [0, 50_000])
def test_a_table_of_a_pyarrow_server_is_copied(parts, rows, tmp_path):
    server = Server(parts=parts)
    server.tables["orders"] = table(rows)
    with serving(server) as at:
        run("copy", f"{at}/orders", tmp_path / "out.arrow", check=0)
    with pa.ipc.open_file(tmp_path / "out.arrow") as file:
        got = file.read_all()
    assert got.to_pylist() == server.tables["orders"].to_pylist()
    assert got.schema.equals(server.tables["orders"].schema)


def test_sql_and_inspect_read_a_pyarrow_server(tmp_path):
    server = Server(parts=4)
    server.tables["orders"] = table()
    with serving(server) as at:
        result = run("sql", f"select count(*) n, sum(id) s from '{at}/orders'", "--format", "csv", check=0)
        assert result.stdout == b"n,s\n50000,1249975000\n"
        page = run("inspect", f"{at}/orders", "--head", "2", check=0).stdout.decode()
        assert "Arrow Flight" in page and "50,000 rows" in page and "amount" in page
        listed = run("inspect", at, check=0).stdout.decode()
        assert "Arrow Flight server, 1 table" in listed and "orders" in listed and "50,000" in listed
        wrong = run("copy", f"{at}/order", tmp_path / "out.csv", check=3)
        assert "no table order" in wrong.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("rows", [0, 50_000])
def test_a_table_is_put_into_a_pyarrow_server(rows, tmp_path):
    source = tmp_path / "source.arrow"
    with pa.OSFile(str(source), "wb") as sink, pa.ipc.new_file(sink, table(rows).schema) as writer:
        writer.write_table(table(rows))
    server = Server()
    with serving(server) as at:
        run("copy", source, f"{at}/a/b", check=0)
        assert server.tables["a/b"].to_pylist() == table(rows).to_pylist()
        assert server.cancelled == [False]


def test_all_types_survive(tmp_path):
    """Also those that Flight's own code could stumble over: nested, views, without rows."""
    data = pa.table(
        {
            "list": pa.array([[1, None], None, []], pa.list_(pa.int16())),
            "struct": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": "y"}]),
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
            "decimal": pa.array(["1.25", None, "-3.50"]).cast(pa.decimal128(12, 2)),
            "time": pa.array([1, None, 3], pa.timestamp("us", "UTC")),
            "view": pa.array(["short", None, "longer than twelve bytes"], pa.string_view()),
            "dictionary": pa.array(["a", None, "a"]).dictionary_encode(),
            "nothing": pa.nulls(3),
            "flag": pa.array([True, None, False]),
            "fixed": pa.array([b"abc", None, b"xyz"], pa.binary(3)),
        }
    )
    for rows in (0, 3):
        source, out = tmp_path / f"{rows}.arrow", tmp_path / f"{rows}.out.arrow"
        with pa.OSFile(str(source), "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
            writer.write_table(data.slice(0, rows))
        server = Server()
        with serving(server) as at:
            run("copy", source, f"{at}/t", check=0)
            assert server.tables["t"].equals(data.slice(0, rows))
            run("copy", f"{at}/t", out, check=0)
        assert pa.ipc.open_file(out).read_all().equals(data.slice(0, rows))


def test_a_fault_of_the_server_is_told_and_leaves_nothing(parquet, tmp_path):
    def fault():
        raise flight.FlightServerError("the disk melted")

    server = Server(fault=fault)
    server.tables["orders"] = table()
    with serving(server) as at:
        result = run("copy", f"{at}/orders", tmp_path / "out.parquet", check=7)
        assert "the disk melted" in result.stderr
        result = run("copy", parquet, f"{at}/orders", check=7)
        assert "the disk melted" in result.stderr
    assert leftovers(tmp_path) == []


SERVER = """
import sys, time, os
sys.path.insert(0, {tests!r})
import pyarrow as pa
from test_flight import Server, table
server = Server(fault={fault})
server.tables["orders"] = table()
print(server.port, flush=True)
server.serve()
"""


@contextlib.contextmanager
def server_process(fault="None"):
    """A pyarrow server in a process of its own, to be killed."""
    tests = str(pathlib.Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER.format(tests=tests, fault=fault)], stdout=subprocess.PIPE, cwd=tests
    )
    try:
        yield process, f"grpc://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("direction", ["read", "write"])
def test_a_server_that_dies_is_an_error(direction, parquet, tmp_path):
    with server_process("lambda: os._exit(9)") as (_, at):
        args = (f"{at}/orders", tmp_path / "out.parquet") if direction == "read" else (parquet, f"{at}/orders")
        began = time.monotonic()
        result = run("copy", *args, check=7)
        assert time.monotonic() - began < 10 * SLOWER
        assert "before the end of the table" in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("direction", ["read", "write"])
def test_a_server_that_stands_still_is_left_after_its_time(direction, large, tmp_path):
    with server_process("lambda: time.sleep(1000)") as (_, at):
        there = f"{at}/orders?stall=1s"
        args = (there, tmp_path / "out.parquet") if direction == "read" else (large, there)
        result = run("copy", *args, check=6)
        assert "for 1 s" in result.stderr and "?stall=1h" in result.stderr
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("direction", ["read", "write"])
def test_a_signal_ends_a_transfer(direction, number, large, tmp_path):
    with server_process("lambda: time.sleep(1000)") as (_, at):
        args = (f"{at}/orders", tmp_path / "out.parquet") if direction == "read" else (large, f"{at}/orders")
        process = start("copy", *args)
        time.sleep(0.7 * SLOWER)
        process.send_signal(number)
        assert end(process, 5)[0] == 128 + number
    assert leftovers(tmp_path) == []


def test_nobody_there_is_told(parquet, tmp_path):
    at = f"grpc://127.0.0.1:{free_port()}/orders"
    for args in (("copy", at, tmp_path / "out.csv"), ("inspect", at), ("copy", parquet, at)):
        result = run(*args)
        assert result.code in (3, 7) and "connect" in result.stderr, result
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("at,phrase", [
    ("grpc://localhost/orders", "is not HOST:PORT"),
    ("grpc://localhost:8815/orders?tiemout=1s", 'did you mean "timeout"'),
    ("grpc://localhost:8815/orders?ca=x", "is for grpc+tls://"),
    ("grpc://localhost:8815#orders", "behind a slash"),
])
def test_what_is_no_address_is_told(at, phrase, parquet, tmp_path):
    for args in (("copy", parquet, at), ("copy", at, tmp_path / "out.csv")):
        assert phrase in run(*args, check=2).stderr


def test_options_of_files_are_refused(parquet):
    at = "grpc://localhost:8815/orders"
    assert "--to is for files" in run("copy", parquet, at, "--to", "csv", check=2).stderr
    assert "--from is for files" in run("copy", at, "-", "--from", "csv", "--to", "csv", check=2).stderr


def test_a_token_goes_with_each_call_but_not_to_other_machines(tmp_path):
    seen = []

    class Look(flight.ServerMiddlewareFactory):
        def start_call(self, info, headers):
            seen.append(headers.get("authorization"))

    server = Server(middleware={"look": Look()})
    server.tables["orders"] = table(10)
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    with serving(server) as at:
        run("copy", f"{at}/orders", tmp_path / "a.csv", env={"BOWYER_TOKEN": "abc"}, check=0)
        run("copy", f"{at}/orders?token-file={secret}", tmp_path / "b.csv", check=0)
    assert seen == [["Bearer abc"]] * 2 + [["Bearer s3cret"]] * 2
    result = run("copy", f"grpc://192.0.2.1:1/orders?token-file={secret}", tmp_path / "c.csv", check=2)
    assert "not sent to another machine without TLS" in result.stderr and "s3cret" not in result.stderr
