"""LazyFrames: what the C++ frame does, with Python's operators; the engine's values are tested in C++."""

import datetime

import pyarrow as pa
import pytest

import bowyer
from bowyer import asc, col, count, desc, lit, when

ORDERS = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5], pa.int32()),
        "user": pa.array([1, 1, 2, 3, None], pa.int32()),
        "category": ["books", "tools", "books", None, "games"],
        "amount": [120.5, 80.25, 300.0, None, 10.0],
        "day": pa.array([datetime.date(2026, m, 5) for m in (1, 1, 2, 2, 3)]),
        "tags": [["a", "b"], [], None, ["c"], ["a"]],
    }
)
USERS = pa.table({"user": pa.array([1, 2, 4], pa.int32()), "name": ["ann", "bob", "dora"], "id": [10, 20, 40]})


@pytest.fixture
def orders():
    return bowyer.scan(ORDERS, "orders")


@pytest.fixture
def users():
    return bowyer.scan(USERS, "users")


def rows(frame):
    return [tuple(row.values()) for row in frame.collect().to_pylist()]


def test_select_and_filter(orders):
    assert rows(orders.filter(col("amount") > 100, col("category") == "books").select("id", col("amount") * 2)) == [
        (1, 241.0),
        (3, 600.0),
    ]
    assert rows(orders.filter("amount > 100 and category = 'books'").select(["id"])) == [(1,), (3,)]
    named = orders.select(n="id", twice=col("amount") + col("amount")).limit(1)
    assert named.columns == ["n", "twice"]
    assert orders.with_columns(net=col("amount") / 2).columns == [*ORDERS.column_names, "net"]
    assert orders.drop("tags", "day").rename({"id": "number"}).columns == ["number", "user", "category", "amount"]


def test_operators(orders):
    id = col("id")
    one = orders.filter(id == 3)
    found = one.select(
        a=1 + id, b=10 - id, c=2 * id, d=12 / id, e=id % 2, f=-id, g=abs(-id), h=2**id, i=(5 > id) & (id >= 3), j=~(id != 3) | False
    )
    assert rows(found) == [(4, 7, 6, 4.0, 1, -3, 3, 8.0, True, True)]
    assert rows(one.select(a=id.is_in([1, 3]), b=id.between(4, 5), c=id.cast("text"), d=col("category").cast(pa.int8(), strict=False))) == [
        (True, False, "3", None)
    ]
    assert rows(orders.filter(col("day") == datetime.date(2026, 3, 5)).select("id")) == [(5,)]
    assert rows(orders.filter(col("day") > bowyer.date(2026, 2, 1) + bowyer.months(1)).select("id")) == [(5,)]


def test_conditions_are_no_booleans(orders):
    for wrong in (
        lambda: bool(col("id") > 1),
        lambda: 1 < col("id") < 3,
        lambda: orders.filter((col("id") > 1) and (col("id") < 3)),
        lambda: col("id") in [col("id")],
    ):
        with pytest.raises(TypeError, match="neither true nor false"):
            wrong()


def test_texts_dates_and_lists(orders):
    category, day, tags = col("category"), col("day"), col("tags")
    first = orders.filter(col("id") == 1)
    assert rows(first.select(a=category.upper(), b=category.length(), c=category.substring(2, 3), d=category.like("b%"))) == [
        ("BOOKS", 5, "ook", True)
    ]
    assert rows(first.select(a=category.concat("!"), b=category.starts_with("bo"), c=category.regex_extract("[^b]+"))) == [
        ("books!", True, "ooks")
    ]
    assert rows(first.select(a=day.year(), b=day.month(), c=day.strftime("%d.%m.%Y"))) == [(2026, 1, "05.01.2026")]
    assert rows(first.select(a=tags.list_length(), b=tags.list_get(1), c=tags.list_contains("b"))) == [(2, "a", True)]
    assert rows(orders.select("id", "tags").unnest("tags").sort("id", "tags")) == [(1, "a"), (1, "b"), (4, "c"), (5, "a")]
    struct = first.select(s=bowyer.make_struct(col("id"), kind=col("category")))
    assert rows(struct) == [({"id": 1, "kind": "books"},)]
    assert rows(struct.select(k=col("s").field("kind"))) == [("books",)]


def test_choices_and_nulls(orders):
    size = when(col("amount") >= 100).then("much").when("amount >= 50").then("some").otherwise("little")
    assert rows(orders.select(size=size)) == [("much",), ("some",), ("much",), ("little",), ("little",)]
    assert rows(orders.select(x=when(col("id") > 4).then(1).otherwise())) == [(None,)] * 4 + [(1,)]
    assert rows(orders.filter(col("category").is_null()).select(a=bowyer.coalesce(col("category"), "none"))) == [("none",)]
    assert rows(orders.filter(col("id") == 4).select(a=col("amount").fill_null(-1.0), b=bowyer.greatest(col("id"), 9, None))) == [(-1.0, 9)]


def test_groups(orders):
    totals = orders.group_by("category").agg(count().alias("n"), total=col("amount").sum(), most=bowyer.max("amount"))
    assert rows(totals.sort(desc("total"))) == [("books", 2, 420.5, 300.0), ("tools", 1, 80.25, 80.25), ("games", 1, 10.0, 10.0), (None, 1, None, None)]
    assert rows(orders.group_by(month=col("day").month()).agg(n=count()).sort("month")) == [(1, 2), (2, 2), (3, 1)]
    everything = orders.agg(
        n=count("amount"), d=bowyer.count_distinct("category"), m=bowyer.median("amount"), s=bowyer.sum("id"),
        big=count().where(col("amount") > 100), ids=bowyer.collect("id").order_by(desc("id")),
        names=bowyer.join_text("category", "+").order_by("id"), least=col("id").min_by(col("amount")),
    )
    assert rows(everything) == [(4, 3, 100.375, 15, 2, [5, 4, 3, 2, 1], "books+tools+books+games", 5)]


def test_windows(orders):
    running = col("amount").sum().over("category", order_by="id")
    around = bowyer.sum("id").over(order_by="id", rows=(-1, 1))
    found = orders.with_columns(so_far=running, near=around, back=bowyer.row_number().over(order_by=desc("id"))).sort("id")
    assert rows(found.select("so_far", "near", "back")) == [
        (120.5, 3, 5), (80.25, 6, 4), (420.5, 9, 3), (None, 12, 2), (10.0, 9, 1)
    ]
    assert rows(orders.select(x=col("id").lag().over(order_by="id"), y=col("id").max().over())) == [
        (None, 5), (1, 5), (2, 5), (3, 5), (4, 5)
    ]


def test_joins(orders, users):
    assert rows(orders.join(users, "user").select("id", "name", "id_right").sort("id")) == [
        (1, "ann", 10), (2, "ann", 10), (3, "bob", 20)
    ]
    assert orders.join(users, on=("user", "user"), how="left").count() == 5
    assert orders.join(users, on=[("user", col("user"))], how="full").count() == 6
    assert rows(orders.join(users, "user", "anti").select("id").sort("id")) == [(4,), (5,)]
    assert rows(orders.join(users, "user", "semi", condition=col("amount") > 100).select("id").sort("id")) == [(1,), (3,)]
    assert orders.cross_join(users, suffix="_of_user").count() == 15
    rates = bowyer.scan({"day": pa.array([datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)]), "rate": [1.1, 1.2]})
    assert rows(orders.join_asof(rates, "day").select("id", "rate").sort("id")) == [(1, 1.1), (2, 1.1), (3, 1.2), (4, 1.2), (5, 1.2)]
    assert rows(orders.join_asof(rates, "day", direction="forward", how="inner").select("id", "rate").sort("id")) == [(1, 1.2), (2, 1.2)]
    with pytest.raises(ValueError, match="try 'inner'"):
        orders.join(users, "user", how="outer")


def test_order_and_sets(orders):
    assert rows(orders.sort("amount").select("id")) == [(5,), (2,), (1,), (3,), (4,)]
    assert rows(orders.sort("amount", descending=True).select("id")) == [(3,), (1,), (2,), (5,), (4,)]
    assert rows(orders.sort(asc("category", nulls_first=True), desc("id")).select("id")) == [(4,), (3,), (1,), (5,), (2,)]
    assert rows(orders.sort("id").limit(2, offset=1).select("id")) == [(2,), (3,)]
    assert rows(orders.head(1).select("id")) == [(1,)]
    assert rows(orders.select("user").distinct().sort("user")) == [(1,), (2,), (3,), (None,)]
    assert orders.union(orders, orders).count() == 15
    wide = orders.with_columns(month=col("day").month()).pivot("category", "month", [1, 2], bowyer.sum("amount"))
    assert rows(wide.filter(col("category").is_not_null()).sort("category")) == [
        ("books", 120.5, 300.0), ("games", None, None), ("tools", 80.25, None)
    ]


def test_faults_are_exceptions_at_their_line(orders):
    with pytest.raises(bowyer.UsageError, match='did you mean "amount"') as caught:
        orders.filter(col("amonut") > 1)
    assert isinstance(caught.value, ValueError) and caught.value.code == 2
    with pytest.raises(bowyer.UsageError):
        orders.select(col("category") + 1)
    with pytest.raises(bowyer.NotFound):
        bowyer.scan("nothing-here.parquet")
    with pytest.raises(bowyer.UsageError):
        orders.filter("amount >")
    with pytest.raises(TypeError):
        orders.filter(col("amount") > object())


def test_a_frame_tells_what_it_is(orders):
    frame = orders.filter(col("amount") > 50).select("id")
    assert frame.schema == pa.schema([("id", pa.int32())])
    assert "orders" in frame.sql() and "orders" in frame._repr_html_() and "id: int32" in repr(frame)
    assert "amount" in frame.explain() and "rows" in frame.explain(analyze=True)
    assert rows(frame) == rows(frame)
    assert frame.to_pandas().shape == (3, 1) and frame.to_polars().shape == (3, 1)


def test_sink_and_scan(orders, tmp_path):
    report = orders.drop("tags").sink(tmp_path / "orders.csv", delimiter=";")
    assert report.rows == 5 and report.files == [str(tmp_path / "orders.csv")]
    again = bowyer.scan(tmp_path / "orders.csv", types={"id": pa.int16(), "amount": "decimal(9,2)"})
    assert again.schema.field("id").type == pa.int16() and again.schema.field("amount").type == pa.decimal128(9, 2)
    assert again.count() == 5
    with pytest.raises(bowyer.AlreadyExists) as caught:
        orders.drop("tags").sink(tmp_path / "orders.csv")
    assert isinstance(caught.value, FileExistsError)
    orders.drop("tags").sink(tmp_path / "orders.csv", if_exists="overwrite")
    with pytest.raises(TypeError, match="if_exist"):
        orders.sink(tmp_path / "x.csv", if_exist="overwrite")


def test_frames_of_an_engine(orders):
    with bowyer.Engine() as engine, bowyer.Engine() as other:
        engine.register("orders", ORDERS)
        engine.register("users", USERS)
        joined = engine.scan("orders").join(engine.scan("users"), "user")
        assert joined.count() == 3
        assert joined.join(orders.select("id"), "id").count() == 3
        other.register("users", USERS)
        with pytest.raises(ValueError, match="two engines"):
            joined.select("user").join(other.scan("users"), "user")
    assert lit(1) is not None
