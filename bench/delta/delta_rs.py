"""The cases of run-case.ts with delta-rs: `python delta_rs.py CASE FOLDER`. Prints seconds and the peak of its memory."""
import json, os, resource, sys, time
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

SCHEMA = pa.schema([
    ("event_id", pa.string()), ("event_type", pa.string()), ("media_id", pa.int64()), ("file_name", pa.string()),
    ("url", pa.string()), ("ingested_at", pa.timestamp("us", "UTC")), ("updated_at", pa.timestamp("us", "UTC")),
    ("done", pa.bool_()), ("valid", pa.bool_()), ("bytes", pa.int64()), ("score", pa.float64()),
    ("attrs", pa.struct([("source", pa.string()), ("retry", pa.int32()), ("labels", pa.list_(pa.string()))])),
])


def rows(ks, source):
    types, us = ["CREATED", "ADDED", "COMPLETED"], 1_700_000_000_000_000
    return pa.Table.from_arrays([
        pa.array([f"evt-{k}" for k in ks]), pa.array([types[k % 3] for k in ks]), pa.array(ks, pa.int64()),
        pa.array([f"file_{k}.jpg" if k % 7 else None for k in ks]),
        pa.array([f"https://example.com/{source}/{k % 1000}/p" for k in ks]),
        pa.array([us + k * 1_000_000 for k in ks], SCHEMA.field(5).type),
        pa.array([us + k * 1_001_000 if k % 5 else None for k in ks], SCHEMA.field(6).type),
        pa.array([k % 2 == 0 for k in ks]), pa.array([True if k % 3 else None for k in ks], pa.bool_()),
        pa.array([k * 1000 for k in ks], pa.int64()), pa.array([k / 7 for k in ks]),
        pa.array([{"source": source, "retry": k % 4, "labels": ["l1", f"l{k % 9}"] if k % 2 else None} if k % 11 else None for k in ks], SCHEMA.field(11).type),
    ], schema=SCHEMA)


case, folder = sys.argv[1:]
if case == "small":
    dt = DeltaTable.create(folder, SCHEMA)
    batches = [rows(list(range(i * 1000, (i + 1) * 1000)), "small") for i in range(100)]
    start, used = time.perf_counter(), time.process_time()
    for version, batch in enumerate(batches):
        dt.update_incremental()
        write_deltalake(dt, batch, mode="append", commit_properties=CommitProperties(app_transactions=[Transaction("bench", version)]))
elif case == "append":
    batch = rows(list(range(500_000)), "append")
    start, used = time.perf_counter(), time.process_time()
    write_deltalake(folder, batch)
else:
    batch = rows([*range(0, 495_000, 55), *range(500_000, 501_000)], "merged")
    start, used = time.perf_counter(), time.process_time()
    (DeltaTable(folder).merge(batch, "t.event_id = s.event_id", source_alias="s", target_alias="t")
     .when_matched_update_all().when_not_matched_insert_all().execute())
print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - used, "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
os._exit(0)
