"""A Flight server from Python: its own client and pyarrow's, tokens, writing, and ends in any order."""

import subprocess
import sys
import textwrap
import threading

import pyarrow as pa
import pyarrow.flight as flight
import pyarrow.parquet as pq
import pytest

import bowyer


@pytest.fixture
def orders(tmp_path):
    table = pa.table({"id": pa.array(range(10_000), pa.int64()), "s": [f"s{i % 7}" for i in range(10_000)]})
    pq.write_table(table, tmp_path / "orders.parquet", row_group_size=1000)
    return tmp_path / "orders.parquet", table


def test_a_table_is_read_by_name_and_by_query(orders):
    path, table = orders
    with bowyer.serve({"orders": path}, port=0) as server:
        assert server.address == f"grpc://127.0.0.1:{server.port}"
        assert bowyer.read(server.location("orders")).to_arrow().equals(table)
        client = flight.connect(server.address)
        rows = client.do_get(flight.Ticket(b"select count(*) as n from orders")).read_all()
        assert rows.to_pylist() == [{"n": 10_000}]


def test_a_closed_server_is_gone_and_its_port_free(orders):
    path, _ = orders
    server = bowyer.serve({"orders": path}, port=0)
    waiting = threading.Thread(target=server.wait)
    waiting.start()
    port = server.port
    server.close()
    server.close()
    waiting.join(10)
    assert not waiting.is_alive()
    with bowyer.serve({"orders": path}, port=port) as again:
        assert again.port == port
    with pytest.raises(bowyer.Error):
        bowyer.read(again.location("orders") + "?timeout=1s").to_arrow()


def test_without_its_token_nobody_reads(orders):
    path, _ = orders
    with bowyer.serve({"orders": path}, port=0, token="a secret") as server:
        with pytest.raises(bowyer.Error) as caught:
            bowyer.read(server.location("orders")).to_arrow()
        assert "a secret" not in str(caught.value) and "token" in str(caught.value)
        headers = flight.FlightCallOptions(headers=[(b"authorization", b"Bearer a secret")])
        client = flight.connect(server.address)
        assert client.do_get(flight.Ticket(b"orders"), headers).read_all().num_rows == 10_000


def test_tables_are_written_only_where_that_was_said(orders, tmp_path):
    path, table = orders
    for allowed in (False, True):
        with bowyer.serve({"orders": path, "new": tmp_path / "new.arrow"} if allowed else {"orders": path}, port=0,
                          allow_put=allowed) as server:  # fmt: skip
            if allowed:
                bowyer.copy(table, server.location("new"))
                assert bowyer.read(tmp_path / "new.arrow").to_arrow().equals(table)
            else:
                with pytest.raises(bowyer.Error):
                    bowyer.copy(table, server.location("orders"), if_exists="overwrite")


def test_what_cannot_be_served_is_told(tmp_path, orders):
    path, _ = orders
    with pytest.raises(bowyer.NotFound):
        bowyer.serve({"none": tmp_path / "none.parquet"}, port=0)
    with pytest.raises(bowyer.UsageError):
        bowyer.serve({"orders": path}, host="0.0.0.0", port=0)
    with pytest.raises(ValueError):
        bowyer.serve({"orders": path}, port=0, token="")


def test_a_process_ends_with_its_server_open(orders):
    path, _ = orders
    program = f"""
        import bowyer
        server = bowyer.serve({{"orders": {str(path)!r}}}, port=0)
        rows = iter(bowyer.read(server.location("orders")).fetch_batches(100))
        next(rows)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
