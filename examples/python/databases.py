"""SQLite and PostgreSQL -> DuckDB: one table, chunk by chunk, many tables, in parallel. With sqlite3, psql and DuckDB, and
with Bowyer. The second argument names a PostgreSQL database in which the tables may be made (postgresql://...)."""

import concurrent.futures
import sqlite3
import subprocess
import sys

import duckdb
import pyarrow as pa
from common import orders, rows, same, timed

import bowyer

CHECK = "select count(*) as n, sum(order_id)::bigint as ids, round(sum(amount), 2) as total from "
CHUNK = 50_000

count = rows(1_000_000)
with sqlite3.connect("shop.db") as shop:
    shop.execute("create table orders (order_id integer primary key, user_id integer, amount real, category text)")
    shop.executemany("insert into orders values (?, ?, ?, ?)", zip(*(column.to_pylist() for column in orders(count).columns)))
    shop.execute("create table users (user_id integer primary key, name text)")
    shop.executemany("insert into users values (?, ?)", ((i, f"user {i}") for i in range(10_000)))
shop.close()


def checked(connection):
    return [dict(zip(("n", "ids", "total"), connection.execute(CHECK + "orders").fetchone()))]


# One table, as tutorials have it: fetchmany, rows of Python, a table of Arrow, DuckDB.
def load(connection, name, where="true"):
    with sqlite3.connect("shop.db") as source:
        cursor = source.execute(f"select * from {name} where {where}")
        names = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(CHUNK):
            part = pa.table(dict(zip(names, map(list, zip(*chunk)))))
            connection.register("part", part)
            connection.execute(f"create table if not exists {name} as from part limit 0; insert into {name} from part")
            connection.unregister("part")
    source.close()


with timed("sqlite3 + DuckDB, in chunks"), duckdb.connect("tutorial.duckdb") as target:
    load(target, "orders")
    tutorial = checked(target)

with timed("bowyer.copy"):
    bowyer.copy("sqlite:shop.db#orders", "duckdb:bowyer.duckdb#orders")
same(bowyer.sql(CHECK + "'duckdb:bowyer.duckdb#orders'").to_pylist(), tutorial, "one table")

# By chunks that the caller sees, without a list of Python's in between.
with bowyer.Engine("chunked.duckdb") as engine:
    for number, batch in enumerate(bowyer.read("sqlite:shop.db#orders").fetch_batches(CHUNK)):
        engine.register("part", batch)
        engine.sql("create table orders as from part" if number == 0 else "insert into orders from part").to_arrow()
    found = engine.sql(CHECK + "orders").to_pylist()
same(found, tutorial, "in chunks")

# Many tables, one after the other; then ranges of one table side by side, as tutorials have it.
with timed("sqlite3 + DuckDB, many tables"), duckdb.connect("many.duckdb") as target:
    for name in ("orders", "users"):
        load(target, name)
    same(checked(target), tutorial, "many tables, by hand")

with timed("sqlite3 + DuckDB, in parallel"), duckdb.connect("parallel.duckdb") as target:
    target.execute("create table orders (order_id bigint, user_id bigint, amount double, category varchar)")
    ranges = [f"order_id >= {start} and order_id < {start + CHUNK}" for start in range(0, count, CHUNK)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda where: load(target.cursor(), "orders", where), ranges))
    same(checked(target), tutorial, "in parallel, by hand")

# The whole database: structure, keys and rows, several chunks at a time, compared afterwards.
with timed("bowyer.migrate, verified"):
    report = bowyer.migrate("sqlite:shop.db", "duckdb:all.duckdb", jobs=4)
assert {table["verified"] for table in report.tables} == {"full"}
same(bowyer.sql(CHECK + "'duckdb:all.duckdb#orders'").to_pylist(), tutorial, f"{len(report.tables)} tables")

if len(sys.argv) > 2:
    postgres = sys.argv[2]
    bowyer.copy(orders(count), f"{postgres}#orders", if_exists="overwrite")

    with timed("psql, CSV and DuckDB"):
        with open("orders.csv", "wb") as file:
            subprocess.run(["psql", postgres, "-qc", "copy orders to stdout (format csv, header)"], stdout=file, check=True)
        with duckdb.connect("tutorial.duckdb") as target:
            target.execute("create or replace table orders as from read_csv('orders.csv')")
            by_hand = checked(target)
    with timed("bowyer.copy"):
        bowyer.copy(f"{postgres}#orders", "duckdb:bowyer.duckdb#orders", if_exists="overwrite")
    same(bowyer.sql(CHECK + "'duckdb:bowyer.duckdb#orders'").to_pylist(), by_hand, "one table of PostgreSQL")

    with timed("bowyer.migrate, verified"):
        report = bowyer.migrate(postgres, "duckdb:postgres.duckdb", tables="orders", jobs=4)
    same(bowyer.sql(CHECK + "'duckdb:postgres.duckdb#orders'").to_pylist(), by_hand, "the database of PostgreSQL")
