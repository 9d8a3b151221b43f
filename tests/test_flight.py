"""Arrow Flight: grpc:// against pyarrow's servers, and `bowyer serve` against pyarrow's clients and itself."""

import contextlib
import json
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

from conftest import SANITIZED, SLOWER, catches, end, free_port, leftovers, run, start, wait_until
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
        result = run("sql", f"select count(*) n, sum(id) s from '{at}/orders'", "--format", "csv",
                     memory_gib=3, check=0)  # gRPC's threads and DuckDB's: address space
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
        wait_until(lambda: catches(process, number))
        time.sleep(0.5)
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


@contextlib.contextmanager
def bowyer_serve(*args, env=None, code=130):
    """`bowyer serve ARGS` at a free port: the process, and where it is."""
    process = start("serve", *args, "--bind", "127.0.0.1:0", env=env)
    try:
        line = process.stdout.readline().decode().strip()
        assert line.startswith("grpc"), process.communicate()
        yield process, line[: line.index("/", len("grpc+tls://"))]
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert end(process, 10)[0] == code
    finally:
        process.kill()
        process.communicate()


def read_parts(client, descriptor):
    info = client.get_flight_info(descriptor)
    tables = [client.do_get(endpoint.ticket).read_all() for endpoint in info.endpoints]
    return info, pa.concat_tables(tables)


@pytest.fixture(scope="session")
def in_parts(tmp_path_factory):
    """A million rows in twenty row groups."""
    path = tmp_path_factory.mktemp("parts") / "parts.parquet"
    rows = 1_000_000
    data = pa.table({"id": pa.array(range(rows)), "word": pa.array([f"w{i % 977}" for i in range(rows)])})
    pa.parquet.write_table(data, path, row_group_size=50_000)
    return path


def test_pyarrow_reads_what_bowyer_serves(parquet, in_parts, tmp_path):
    csv = tmp_path / "small.csv"
    csv.write_text("a,b\n1,x\n2,\n")
    with bowyer_serve(f"orders={parquet}", f"parts={in_parts}", f"small={csv}") as (_, at):
        client = flight.connect(at)
        listed = {info.descriptor.path[0].decode(): info for info in client.list_flights()}
        assert sorted(listed) == ["orders", "parts", "small"]
        assert listed["orders"].total_records == 50_000 and listed["orders"].schema.names == ["id", "amount", "word"]
        whole = pa.parquet.read_table(in_parts)
        info, got = read_parts(client, flight.FlightDescriptor.for_path("parts"))
        assert len(info.endpoints) > 4 and info.total_records == 1_000_000
        assert got.equals(whole)
        assert client.do_get(flight.Ticket(b"parts")).read_all().equals(whole)
        schema = client.get_schema(flight.FlightDescriptor.for_path("small")).schema
        assert schema.names == ["a", "b"]
        assert read_parts(client, flight.FlightDescriptor.for_path("small"))[1].to_pylist() == [
            {"a": 1, "b": "x"}, {"a": 2, "b": None}
        ]


def test_the_end_is_told_in_metadata(parquet):
    with bowyer_serve(f"orders={parquet}") as (_, at):
        reader = flight.connect(at).do_get(flight.Ticket(b"orders"))
        batches, rows, last = 0, 0, None
        for chunk in reader:
            last = chunk
            if not chunk.app_metadata:
                batches, rows = batches + 1, rows + chunk.data.num_rows
        assert last.data.num_rows == 0 and last.app_metadata.to_pybytes() == b"bowyer:end %d %d" % (batches, rows)
        assert rows == 50_000


def test_bowyer_reads_what_bowyer_serves(in_parts, tmp_path):
    with bowyer_serve(f"parts={in_parts}") as (_, at):
        run("copy", f"{at}/parts", tmp_path / "out.parquet", check=0)
        assert pa.parquet.read_table(tmp_path / "out.parquet").equals(pa.parquet.read_table(in_parts))
        result = run("sql", f"select count(*) n, sum(id) s from '{at}/parts'", "--format", "csv",
                     memory_gib=3, check=0)
        assert result.stdout == b"n,s\n1000000,499999500000\n"
        result = run("copy", f"{at}?query=select word, count(*) n from parts group by 1 order by 1 limit 1", "-", "--to",
                     "csv", check=0)
        assert result.stdout == b"word,n\nw0,1024\n"
        page = run("inspect", f"{at}/parts", check=0).stdout.decode()
        assert "1,000,000 rows" in page
        wrong = run("copy", f"{at}/part", "-", "--to", "csv", check=3)
        assert 'did you mean "parts"' in wrong.stderr


def test_queries_see_the_served_tables(parquet):
    with bowyer_serve(f"orders={parquet}", f"same={parquet}") as (_, at):
        client = flight.connect(at)
        query = b"select count(*) n from orders join same using (id)"
        assert client.do_get(flight.Ticket(query)).read_all().to_pylist() == [{"n": 50_000}]
        info, got = read_parts(client, flight.FlightDescriptor.for_command("select 1 a, 2 a, 'x' b;"))
        assert got.schema.names == info.schema.names == ["a", "a", "b"]
        assert client.get_schema(flight.FlightDescriptor.for_command(query)).schema.names == ["n"]
        with pytest.raises(flight.FlightServerError, match="amonut"):
            client.do_get(flight.Ticket(b"select amonut from orders")).read_all()
    with bowyer_serve(f"orders={parquet}", "--no-sql") as (_, at):
        client = flight.connect(at)
        with pytest.raises(flight.FlightServerError, match="takes no queries"):
            client.do_get(flight.Ticket(b"select 1")).read_all()


@pytest.mark.parametrize("query", [
    "from '{csv}'",
    "from read_csv('{csv}')",
    "from read_text('{csv}')",
    "from read_blob('{csv}')",
    "from read_parquet('{parquet}')",
    "from read_arrow('{csv}')",
    "from '{parquet}'",
    "from glob('{folder}/*')",
    "from 'duckdb:{folder}/x.duckdb#t'",
    "from 'grpc://127.0.0.1:1/x'",
    "attach '{folder}/x.duckdb'",
    "copy (select 1) to '{folder}/out.csv'",
    "copy orders to '{folder}/out.csv'",
    "set enable_external_access = true",
    "reset enable_external_access",
    "load httpfs",
    "install httpfs",
    "create table t as select 1",
    "export database '{folder}/out'",
    "select getenv('BOWYER_TOKEN') from orders",
    "explain analyze copy orders to '{folder}/out.csv'",
    "select 1; copy orders to '{folder}/out.csv'",
    "with x as (select * from query('from read_text(''{csv}'')')) from x",
    "select * from query_table('{csv}')",
    "from sniff_csv('{csv}')",
    "from parquet_metadata('{parquet}')",
])
def test_queries_see_nothing_else(query, parquet, tmp_path):
    (tmp_path / "secret.csv").write_text("secret\nprecious\n")
    before = leftovers(tmp_path)
    text = query.format(csv=tmp_path / "secret.csv", parquet=parquet, folder=tmp_path)
    with bowyer_serve(f"orders={parquet}") as (_, at):
        client = flight.connect(at)
        for ask in (
            lambda: client.do_get(flight.Ticket(text.encode())).read_all(),
            lambda: read_parts(client, flight.FlightDescriptor.for_command(text)),
        ):
            with pytest.raises((pa.ArrowException, flight.FlightError)) as error:
                ask()
            assert "precious" not in str(error.value)
    assert leftovers(tmp_path) == before


@pytest.mark.parametrize("ticket", [
    b"\xff\xfe", b"{", b"{}", b'{"table":"orders","first":0,"count":99999999,"fingerprint":"x"}',
    b'{"table":"orders","first":-1,"count":1,"fingerprint":""}', b"nothing", b"../etc/passwd", b"[" * 100_000,
])
def test_a_ticket_that_is_none_is_refused(ticket, parquet):
    with bowyer_serve(f"orders={parquet}") as (_, at):
        client = flight.connect(at)
        with pytest.raises(flight.FlightError):
            client.do_get(flight.Ticket(ticket)).read_all()
        assert client.do_get(flight.Ticket(b"orders")).read_all().num_rows == 50_000


def test_parts_of_a_file_that_changed_are_refused(in_parts, tmp_path):
    path = tmp_path / "parts.parquet"
    path.write_bytes(in_parts.read_bytes())
    with bowyer_serve(f"parts={path}") as (_, at):
        client = flight.connect(at)
        info = client.get_flight_info(flight.FlightDescriptor.for_path("parts"))
        pa.parquet.write_table(pa.table({"id": [1], "word": ["x"]}), path)
        with pytest.raises(flight.FlightServerError, match="has changed since"):
            client.do_get(info.endpoints[0].ticket).read_all()
        assert client.do_get(flight.Ticket(b"parts")).read_all().num_rows == 1


def put(client, name, data, how=None):
    options = flight.FlightCallOptions(headers=[(b"bowyer-if-exists", how.encode())] if how else [])
    writer, reader = client.do_put(flight.FlightDescriptor.for_path(name), data.schema, options=options)
    with writer:
        writer.write_table(data, max_chunksize=7_000)
        writer.done_writing()
        answer = reader.read()
    return answer and answer.to_pybytes()


def test_pyarrow_puts_tables(tmp_path):
    out = tmp_path / "out.parquet"
    data = table().drop(["kind"])
    with bowyer_serve(f"inbox={out}", "--allow-put") as (_, at):
        client = flight.connect(at)
        assert list(client.list_flights()) == []
        assert put(client, "inbox", data) == b"50000 rows"
        assert pa.parquet.read_table(out).equals(data)
        with pytest.raises(flight.FlightServerError, match="exists"):
            put(client, "inbox", data.slice(0, 10))
        assert put(client, "inbox", data.slice(0, 10), "append") == b"10 rows"
        assert pa.parquet.read_table(out).num_rows == 50_010
        assert put(client, "inbox", data.slice(0, 10), "overwrite") == b"10 rows"
        assert client.do_get(flight.Ticket(b"inbox")).read_all().equals(data.slice(0, 10))
        assert client.do_get(flight.Ticket(b"select count(*) n from inbox")).read_all()["n"].to_pylist() == [10]
        with pytest.raises(flight.FlightServerError, match="no table"):
            put(client, "../inbox", data)
        with pytest.raises(flight.FlightServerError, match="cannot be"):
            put(client, "inbox", data, "perhaps")
    assert leftovers(tmp_path) == ["out.parquet"]


def test_what_is_put_is_checked(tmp_path):
    offsets = pa.array([0, 2], pa.int32()).buffers()[1]
    wrong = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"\xff\xfe")])
    with bowyer_serve(f"inbox={tmp_path / 'out.csv'}", "--allow-put") as (_, at):
        with pytest.raises(flight.FlightServerError, match="UTF-8"):
            put(flight.connect(at), "inbox", pa.table({"x": wrong}))
    assert leftovers(tmp_path) == []


def test_a_table_that_may_only_be_read_stays(parquet, tmp_path):
    path = tmp_path / "orders.parquet"
    path.write_bytes(parquet.read_bytes())
    with bowyer_serve(f"orders={path}") as (_, at):
        with pytest.raises(flight.FlightServerError, match="can only be read"):
            put(flight.connect(at), "orders", table(10), "overwrite")
        result = run("copy", parquet, f"{at}/orders", "--overwrite", check=2)
        assert "--allow-put" in result.stderr
    assert path.read_bytes() == parquet.read_bytes()


def test_bowyer_writes_to_bowyer(parquet, tmp_path):
    out = tmp_path / "out.arrow"
    with bowyer_serve(f"inbox={out}", "--allow-put") as (_, at):
        run("copy", parquet, f"{at}/inbox", check=0)
        assert pa.ipc.open_file(out).read_all().equals(pa.parquet.read_table(parquet))
        assert "exists" in run("copy", parquet, f"{at}/inbox", check=3).stderr
        run("copy", parquet, f"{at}/inbox", "--overwrite", "--limit", "5", check=0)
        assert pa.ipc.open_file(out).read_all().num_rows == 5
        run("sql", f"select 1 as a", "-o", f"{at}/inbox", "--overwrite", check=0)
        assert pa.ipc.open_file(out).read_all().to_pylist() == [{"a": 1}]
    assert leftovers(tmp_path) == ["out.arrow"]


PUTTER = """
import sys, time
import pyarrow as pa, pyarrow.flight as flight
data = pa.table({"id": pa.array(range(200_000))})
writer, reader = flight.connect(sys.argv[1]).do_put(flight.FlightDescriptor.for_path("inbox"), data.schema)
for i in range(1_000_000):
    writer.write_table(data)
    if i == 3: print("going", flush=True)
"""


def kept_as_the_only_one(at, table):
    """False while the server does not know yet that the client before has gone."""
    try:
        return put(flight.connect(at), "inbox", table) == f"{table.num_rows} rows".encode()
    except flight.FlightServerError as error:
        assert "another client writes this table just now" in str(error)
        return False


@pytest.mark.parametrize("client", ["pyarrow", "bowyer"])
@pytest.mark.parametrize("turn", range(3))
def test_a_client_that_dies_leaves_nothing(client, turn, large, tmp_path):
    out = tmp_path / "out.parquet"
    with bowyer_serve(f"inbox={out}", "--allow-put") as (_, at):
        if client == "pyarrow":
            process = subprocess.Popen([sys.executable, "-c", PUTTER, at], stdout=subprocess.PIPE)
            process.stdout.readline()
        else:
            process = start("sql", "select range as id from range(10000000000)", "-o", f"{at}/inbox")
            wait_until(lambda: any(tmp_path.glob(".out*")))
        time.sleep(0.1 * turn)
        process.kill()
        process.communicate()
        wait_until(lambda: kept_as_the_only_one(at, pa.table({"a": [1]})))
    assert leftovers(tmp_path) == ["out.parquet"]


def test_a_source_that_fails_leaves_nothing(tmp_path):
    """The server has to be told that what came is not the whole table."""
    bad = tmp_path / "bad.csv"
    bad.write_text("a\n" + "1\n" * 2_000_000 + "x\n")
    folder = tmp_path / "out"
    folder.mkdir()
    with bowyer_serve(f"inbox={folder / 'out.parquet'}", "--allow-put") as (_, at):
        run("copy", bad, f"{at}/inbox", check=4)
        wait_until(lambda: leftovers(folder) == [])


def test_a_token_is_asked_for(parquet, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    with bowyer_serve(f"orders={parquet}", "--token-file", secret) as (process, at):
        for headers in ([], [(b"authorization", b"Bearer wrong!")], [(b"authorization", b"s3cret")]):
            options = flight.FlightCallOptions(headers=headers)
            client = flight.connect(at)
            for call in (
                lambda: list(client.list_flights(options=options)),
                lambda: client.do_get(flight.Ticket(b"orders"), options).read_all(),
                lambda: client.get_flight_info(flight.FlightDescriptor.for_path("orders"), options),
            ):
                with pytest.raises(flight.FlightUnauthenticatedError) as error:
                    call()
                assert "s3cret" not in str(error.value)
        right = flight.FlightCallOptions(headers=[(b"authorization", b"Bearer s3cret")])
        assert flight.connect(at).do_get(flight.Ticket(b"orders"), right).read_all().num_rows == 50_000
        result = run("copy", f"{at}/orders", tmp_path / "out.csv", check=3)
        assert "BOWYER_TOKEN" in result.stderr and "refuses" in result.stderr
        run("copy", f"{at}/orders", tmp_path / "out.csv", env={"BOWYER_TOKEN": "s3cret"}, check=0)
        assert b"s3cret" not in pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )
    return folder


def test_tls(certificate, parquet, tmp_path):
    tls = ("--tls-cert", certificate / "cert.pem", "--tls-key", certificate / "key.pem")
    ca = f"?ca={certificate / 'cert.pem'}"
    with bowyer_serve(f"orders={parquet}", *tls, env={"BOWYER_TOKEN": "s3cret"}) as (_, at):
        assert at.startswith("grpc+tls://")
        env = {"BOWYER_TOKEN": "s3cret"}
        run("copy", f"{at}/orders{ca}", tmp_path / "out.parquet", env=env, check=0)
        assert pa.parquet.read_table(tmp_path / "out.parquet").equals(pa.parquet.read_table(parquet))
        result = run("copy", f"{at}/orders", tmp_path / "no.parquet", env=env, check=3)  # nobody vouches for it
        assert "cannot be reached" in result.stderr
        run("copy", f"{at.replace('+tls', '')}/orders?timeout=3s", tmp_path / "no.parquet", env=env, check=3)
        client = flight.connect(at, tls_root_certs=(certificate / "cert.pem").read_bytes())
        right = flight.FlightCallOptions(headers=[(b"authorization", b"Bearer s3cret")])
        assert client.do_get(flight.Ticket(b"orders"), right).read_all().num_rows == 50_000
    assert leftovers(tmp_path) == ["out.parquet"]


@pytest.mark.parametrize("args,phrase", [
    (("--bind", "0.0.0.0:0"), "try --tls-cert and --tls-key, or --plaintext"),
    (("--bind", "example.org:0"), "not this machine's own address"),
    (("--bind", "localhost"), "is not HOST:PORT"),
    (("--tls-cert", "/dev/null", "--tls-key", "/dev/null"), "is empty"),
    (("--tls-cert", __file__), "a certificate and its key"),
    (("again=unix:/tmp/x",), "can be read only once"),
    (("again=-",), "can be read only once"),
    (("a b=x.csv",), "is no name for a table"),
    (("orders=x.csv",), "two tables are named"),
    (("x.csv",), "is not NAME=LOCATION"),
])
def test_what_cannot_be_served_is_told(args, phrase, parquet):
    assert phrase in run("serve", f"orders={parquet}", *args, check=2).stderr


def test_what_is_not_there_is_told(parquet):
    assert "missing.parquet" in run("serve", "x=missing.parquet", check=3).stderr
    with bowyer_serve(f"orders={parquet}") as (_, at):
        taken = run("serve", f"orders={parquet}", "--bind", at[len("grpc://"):], check=3)
        assert "cannot listen at" in taken.stderr
    no_certificate = run("serve", f"orders={parquet}", "--tls-cert", __file__, "--tls-key", __file__, check=3)
    assert "cannot listen at" in no_certificate.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_its_clients_know(number, large, tmp_path):
    with bowyer_serve(f"large={large}", code=128 + number) as (process, at):
        reader = flight.connect(at).do_get(flight.Ticket(b"large"))
        reader.read_chunk()
        began = time.monotonic()
        process.send_signal(number)
        process.wait(10 * SLOWER)
        assert time.monotonic() - began < 5 * SLOWER
        with pytest.raises(flight.FlightError):
            while reader.read_chunk():
                pass


def test_a_server_that_is_killed_is_an_error_of_the_reader(large, tmp_path):
    with bowyer_serve(f"large={large}", code=-9) as (process, at):
        reader = start("copy", f"{at}/large", tmp_path / "out.arrow", "--compression", "zstd")
        wait_until(lambda: any(tmp_path.glob(".out*")))
        process.kill()
        code, _, error = end(reader)
        assert code == 7 and "before the end of the table" in error, error
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes memory of its own")
def test_a_slow_client_costs_the_server_no_memory(large):
    with bowyer_serve(f"large={large}", "--memory", "64M") as (process, at):
        reader = flight.connect(at).do_get(flight.Ticket(b"large"))
        for _ in range(10):
            reader.read_chunk()
            time.sleep(0.1)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
        assert 0 < peak < 220 << 20  # of 256 MB, beside what gRPC and DuckDB take
        assert sum(chunk.data.num_rows for chunk in reader) > 0


def test_many_clients_at_once(in_parts, tmp_path):
    whole = pa.parquet.read_table(in_parts)
    with bowyer_serve(f"parts={in_parts}") as (_, at):
        info = flight.connect(at).get_flight_info(flight.FlightDescriptor.for_path("parts"))
        got = [None] * len(info.endpoints)

        def fetch(i):
            got[i] = flight.connect(at).do_get(info.endpoints[i].ticket).read_all()

        threads = [threading.Thread(target=fetch, args=(i,)) for i in range(len(got))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert pa.concat_tables(got).equals(whole)


def test_json_tells_where(parquet):
    process = start("serve", f"orders={parquet}", "--bind", "127.0.0.1:0", "--json")
    lines = []
    while not lines or lines[-1] != b"}\n":
        lines.append(process.stdout.readline())
    told = json.loads(b"".join(lines))
    assert told["tables"] == [{"name": "orders", "location": f"grpc://127.0.0.1:{told['port']}/orders"}]
    process.send_signal(signal.SIGTERM)
    assert end(process)[0] == 143


def test_files_are_copied_without_loading_flight(parquet, tmp_path):
    """gRPC would make every start slower."""
    result = run("copy", parquet, tmp_path / "out.csv", env={"LD_DEBUG": "libs"}, check=0)
    assert "libbowyer.so" in result.stderr and "libarrow_flight" not in result.stderr
