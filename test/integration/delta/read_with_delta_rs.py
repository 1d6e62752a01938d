"""What delta-rs, another implementation of Delta, sees of a table, as one JSON line.

    python3 read_with_delta_rs.py read TABLE [APP_ID...]   version, rows (times as microseconds), txns, column types, file statistics
    python3 read_with_delta_rs.py make TABLE               makes a table for our side to go on with
    python3 read_with_delta_rs.py upsert TABLE             appends, merges, compacts and checkpoints an existing table
"""
import datetime, decimal, json, os, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake


def plain(value):
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, datetime.datetime):
        epoch = datetime.datetime(1970, 1, 1, tzinfo=value.tzinfo and datetime.timezone.utc)
        return str((value - epoch) // datetime.timedelta(microseconds=1))
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (datetime.date, decimal.Decimal)):
        return str(value)
    return value


def read(path, *apps):
    table = DeltaTable(path)
    rows = table.to_pyarrow_table()
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return {
        "version": table.version(),
        "types": {field.name: str(field.type) for field in rows.schema},
        "rows": plain(rows.to_pylist()),
        "txns": {app: table.transaction_version(app) for app in apps},
        "stats": plain(actions),
        "protocol": [table.protocol().min_reader_version, table.protocol().min_writer_version],
    }


def batch(first, count, tag):
    ids = [f"{tag}{i}" for i in range(first, first + count)]
    return pa.table({
        "id": ids,
        "part": pa.array([["a b/c%", "é=#", None][i % 3] for i in range(count)], pa.string()),
        "n": pa.array(range(first, first + count), pa.int64()),
        "at": pa.array([1_000_000 * i + 123 for i in range(count)], pa.timestamp("us", tz="UTC")),
        "price": pa.array([decimal.Decimal(i) / 4 for i in range(count)], pa.decimal128(20, 2)),
    })


def make(path):
    for i in range(12):
        write_deltalake(path, batch(i * 10, 10, "py"), mode="append", partition_by=["part"])
    table = DeltaTable(path)
    table.create_checkpoint()
    write_deltalake(table, batch(120, 10, "py"), mode="append")
    return {"version": table.version()}


def upsert(path):
    table = DeltaTable(path)
    write_deltalake(table, batch(1000, 10, "late"), mode="append")
    source = batch(0, 10, "py").append_column("x", pa.array([1] * 10)).drop(["x"])
    table.merge(source, "t.id = s.id", source_alias="s", target_alias="t").when_matched_update_all().when_not_matched_insert_all().execute()
    table.optimize.compact()
    table.create_checkpoint()
    return {"version": table.version()}


print(json.dumps({"read": read, "make": make, "upsert": upsert}[sys.argv[1]](*sys.argv[2:])), flush=True)
# Both native libraries together sometimes abort when the interpreter ends by itself.
os._exit(0)
