"""SQLite -> DuckDB: one table, chunk by chunk, several tables, a whole database in parallel. With sqlite3 and DuckDB, and with
Bowyer. Name a PostgreSQL database as second argument (postgresql://...) to read that one, too."""

import sqlite3
import sys

import duckdb
import pyarrow as pa
from common import orders, rows, same, timed

import bowyer

CHECK = "select count(*) as n, sum(order_id)::bigint as ids, round(sum(amount), 2) as total from "

count = rows(1_000_000)
with sqlite3.connect("shop.db") as shop:
    shop.execute("create table orders (order_id integer primary key, user_id integer, amount real, category text)")
    shop.executemany("insert into orders values (?, ?, ?, ?)", zip(*(column.to_pylist() for column in orders(count).columns)))
    shop.execute("create table users (user_id integer primary key, name text)")
    shop.executemany("insert into users values (?, ?)", ((i, f"user {i}") for i in range(10_000)))
shop.close()

# As tutorials have it: fetchmany, rows of Python, a table of Arrow, DuckDB.
with timed("sqlite3 + DuckDB, in chunks"):
    source = sqlite3.connect("shop.db")
    target = duckdb.connect("tutorial.duckdb")
    cursor = source.execute("select order_id, user_id, amount, category from orders order by order_id")
    names = [column[0] for column in cursor.description]
    first = True
    while chunk := cursor.fetchmany(50_000):
        part = pa.table(dict(zip(names, map(list, zip(*chunk)))))
        target.register("part", part)
        target.execute("create table orders as from part" if first else "insert into orders from part")
        target.unregister("part")
        first = False
    tutorial = [dict(zip(("n", "ids", "total"), target.execute(CHECK + "orders").fetchone()))]
    target.close()
    source.close()

# One table.
with timed("bowyer.copy"):
    bowyer.copy("sqlite:shop.db#orders", "duckdb:bowyer.duckdb#orders")

same(bowyer.sql(CHECK + "'duckdb:bowyer.duckdb#orders'").to_pylist(), tutorial, "one table")

# By chunks that the caller sees, without a list of Python's in between.
with bowyer.Engine("chunked.duckdb") as engine:
    for number, batch in enumerate(bowyer.read("sqlite:shop.db#orders").fetch_batches(50_000)):
        engine.register("part", batch)
        engine.sql("create table orders as from part" if number == 0 else "insert into orders from part").to_arrow()
    found = engine.sql(CHECK + "orders").to_pylist()
same(found, bowyer.sql(CHECK + "'sqlite:shop.db#orders'").to_pylist(), "in chunks")

# The whole database: structure, keys and rows, several chunks at a time, compared afterwards.
with timed("bowyer.migrate, verified"):
    report = bowyer.migrate("sqlite:shop.db", "duckdb:all.duckdb", jobs=4)
same(report.rows, count + 10_000, f"{len(report.tables)} tables, each verified: {report.tables[0]['verified']}")

if len(sys.argv) > 2:
    report = bowyer.migrate(sys.argv[2], "duckdb:postgres.duckdb", jobs=4)
    print(report)
