"""Checks Delta tables with readers that are not ours, and prints one JSON line for each:

    python verify_tables.py DIR name ...

1. its own replay of the JSON log (when it is complete from version 0): legal commits, file set;
2. delta-rs (python deltalake): version, file set, and all rows -> digest (the same as row-digest.ts and VerifyTables.java);
3. pyarrow alone: its own replay (from the newest checkpoint where the log does not begin at 0), the live files and their
   partition values read by the table's schema -> the same digest;
4. each live file against its add action, with pyarrow: size, numRecords, nullCount, min/max of leaf columns.

    python verify_tables.py --write DIR name ...

lets delta-rs append a row of nulls, compact and checkpoint, and prints what it sees then.
"""
import glob, hashlib, json, os, re, sys
from decimal import Decimal
from urllib.parse import unquote
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake


def text(t, v):
    if v is None: return "~"
    if pa.types.is_timestamp(t) or pa.types.is_date(t): return str(v)  # digest() casts these to integers first
    if pa.types.is_boolean(t): return "true" if v else "false"
    if pa.types.is_float64(t): return "%x" % int.from_bytes(__import__("struct").pack(">d", v), "big")
    if pa.types.is_float32(t): return "%x" % int.from_bytes(__import__("struct").pack(">f", v), "big")
    if pa.types.is_decimal(t): return f"{v:.{t.scale}f}"
    if pa.types.is_binary(t) or pa.types.is_large_binary(t): return v.hex()
    if pa.types.is_struct(t): return "{" + ",".join(text(f.type, v[f.name]) for f in t) + "}"
    if pa.types.is_map(t): return "<" + ",".join(sorted(f"{text(t.key_type, k)}={text(t.item_type, x)}" for k, x in v)) + ">"
    if pa.types.is_nested(t): return "[" + ",".join(text(t.value_type, x) for x in v) + "]"
    return str(v).replace("\\", "\\\\").replace(",", "\\,") if isinstance(v, str) else str(v)


def as_ints(t):
    if pa.types.is_timestamp(t): return pa.int64()
    if pa.types.is_date(t): return pa.int32()
    if pa.types.is_struct(t): return pa.struct([f.with_type(as_ints(f.type)) for f in t])
    if pa.types.is_map(t): return pa.map_(as_ints(t.key_type), as_ints(t.item_type))
    if pa.types.is_list(t) or pa.types.is_large_list(t): return pa.list_(t.value_field.with_type(as_ints(t.value_type)))
    if str(t) == "string_view" or pa.types.is_large_string(t): return pa.string()
    return t


def digest(tbl):
    sch = pa.schema([f.with_type(as_ints(f.type)) for f in tbl.schema])
    total = 0
    for b in tbl.to_batches(max_chunksize=50_000):
        cols = [(f.type, b.column(i).cast(f.type).to_pylist()) for i, f in enumerate(sch)]
        for i in range(b.num_rows):
            total += int.from_bytes(hashlib.sha256(",".join(text(t, c[i]) for t, c in cols).encode()).digest()[:8], "big")
    return f"{total % 2**64:016x}"


def replay(root, bad):
    logs = sorted(glob.glob(glob.escape(root) + "/_delta_log/" + "[0-9]" * 20 + ".json"))
    vs = [int(os.path.basename(p)[:20]) for p in logs]
    if vs != list(range(vs[0], vs[-1] + 1)): bad.append(f"log has gaps: {vs}")
    files, txn, proto, meta = {}, {}, None, None
    for v, p in zip(vs, logs):
        seen = {"add": set(), "remove": set(), "txn": set(), "metaData": 0, "protocol": 0}
        raw = open(p, encoding="utf8").read()
        for line in raw.splitlines():
            (k, a), = json.loads(line).items()
            if k in ("add", "remove", "txn"):
                key = a["appId"] if k == "txn" else a["path"]
                if key in seen[k]: bad.append(f"v{v}: {k} {key} twice")
                seen[k].add(key)
            if k in ("metaData", "protocol"):
                seen[k] += 1
                if seen[k] > 1: bad.append(f"v{v}: {k} twice")
            if k == "add":
                for need in ("path", "partitionValues", "size", "modificationTime", "dataChange"):
                    if need not in a: bad.append(f"v{v}: add without {need}")
                files[a["path"]] = a
            elif k == "remove":
                if v and vs[0] == 0 and a["path"] not in files: bad.append(f"v{v}: removes unknown {a['path']}")
                files.pop(a["path"], None)
            elif k == "txn": txn[a["appId"]] = a["version"]
            elif k == "protocol": proto = a
            elif k == "metaData": meta = a
        if v == 0 and not (seen["metaData"] and seen["protocol"]): bad.append("v0 lacks protocol or metaData")
    return vs, files, txn, proto, meta


def leaves(t, arr, path=()):
    for f in t:
        if isinstance(arr, pa.Table): c = arr.column(f.name); c = pa.concat_arrays(c.chunks) if c.num_chunks else pa.array([], f.type)
        else: c = arr.field(f.name) if arr.null_count == 0 else pc.struct_field(arr, f.name)
        if pa.types.is_struct(f.type): yield from leaves(f.type, c, path + (f.name,))
        elif not pa.types.is_nested(f.type): yield path + (f.name,), c


def check_file(root, a, bad):
    p = os.path.join(root, unquote(a["path"]))
    name = a["path"][-60:]
    if os.path.getsize(p) != a["size"]: bad.append(f"{name}: size {a['size']} but {os.path.getsize(p)} on disk")
    if not a.get("stats"): return False
    s, t = json.loads(a["stats"]), pq.ParquetFile(p).read()
    if s.get("numRecords") != t.num_rows: bad.append(f"{name}: numRecords {s.get('numRecords')} but {t.num_rows}")
    def at(d, path):
        for k in path:
            if not isinstance(d, dict) or k not in d: return None
            d = d[k]
        return d
    for path, c in leaves(t.schema, t):
        n = at(s.get("nullCount", {}), path)
        if n is not None and n != c.null_count: bad.append(f"{name}: {'.'.join(path)} nullCount {n} but {c.null_count}")
        if c.null_count == len(c): continue
        try: mm = pc.min_max(c).as_py()
        except pa.ArrowNotImplementedError: continue
        for kind, key in (("min", "minValues"), ("max", "maxValues")):
            v, real = at(s.get(key, {}), path), mm[kind]
            if v is None: continue
            if pa.types.is_timestamp(c.type):  # both bounds are cut to milliseconds, so the largest value may lie up to 1 ms above max
                real_us = c.cast(pa.int64()); real_us = getattr(pc, kind)(real_us).as_py()
                us = pa.scalar(v.replace("Z", "").replace(" ", "T"), pa.string()).cast(pa.timestamp("us")).value
                ok = us <= real_us < us + 1000
            elif isinstance(real, str): ok = v <= real if kind == "min" else (v >= real or real.startswith(v))
            elif isinstance(real, (Decimal, float)): ok = abs(float(v) - float(real)) <= 1e-12 * max(1.0, abs(float(real)))
            elif hasattr(real, "isoformat"): ok = str(v)[:10] == real.isoformat()[:10]
            else: ok = v == real
            if not ok: bad.append(f"{name}: {'.'.join(path)} {key} {v!r} but {real!r}")
    return True


SIMPLE = {"string": pa.string(), "long": pa.int64(), "integer": pa.int32(), "short": pa.int16(), "byte": pa.int8(),
          "float": pa.float32(), "double": pa.float64(), "boolean": pa.bool_(), "binary": pa.binary(), "date": pa.date32(),
          "timestamp": pa.timestamp("us", "UTC"), "timestamp_ntz": pa.timestamp("us")}


def arrow_type(t):
    if isinstance(t, str): return SIMPLE[t] if t in SIMPLE else pa.decimal128(*map(int, re.findall(r"\d+", t)))
    if t["type"] == "struct": return pa.struct([pa.field(f["name"], arrow_type(f["type"])) for f in t["fields"]])
    if t["type"] == "array": return pa.list_(arrow_type(t["elementType"]))
    return pa.map_(arrow_type(t["keyType"]), arrow_type(t["valueType"]))


def fitted(arr, want):
    """An array of a file as the table's type: structs get the members that they lack."""
    if isinstance(arr, pa.ChunkedArray): arr = pa.concat_arrays(arr.chunks) if arr.num_chunks else pa.array([], arr.type)
    if not pa.types.is_struct(want) or arr.type == want: return arr if arr.type == want else arr.cast(want)
    have = {arr.type.field(i).name: i for i in range(arr.type.num_fields)}
    cols = [fitted(pc.struct_field(arr, [have[f.name]]), f.type) if f.name in have else pa.nulls(len(arr), f.type) for f in want]
    return pa.StructArray.from_arrays(cols, fields=list(want), mask=pc.is_null(arr))


def partition_array(value, t, n):
    if value is None or value == "": return pa.nulls(n, t)
    if pa.types.is_timestamp(t): one = pa.scalar(value.replace("Z", "").replace(" ", "T")).cast(pa.timestamp("us")).cast(pa.int64()).cast(t)
    elif pa.types.is_boolean(t): one = pa.scalar(value == "true", t)
    elif pa.types.is_decimal(t): one = pa.scalar(Decimal(value), t)
    else: one = pa.scalar(value).cast(t)
    return pa.array([one.as_py()] * n, t) if not pa.types.is_timestamp(t) else pa.array([one.value] * n, pa.int64()).cast(t)


def by_pyarrow(root):
    log = root + "/_delta_log/"
    checkpoints = sorted(glob.glob(glob.escape(log) + "[0-9]" * 20 + ".checkpoint.parquet"))
    files, meta, start = {}, None, -1
    if checkpoints:
        start = int(os.path.basename(checkpoints[-1])[:20])
        for row in pq.read_table(checkpoints[-1]).to_pylist():
            if row.get("add"): files[row["add"]["path"]] = dict(row["add"]["partitionValues"] or [])
            if row.get("metaData"): meta = row["metaData"]
    for p in sorted(glob.glob(glob.escape(log) + "[0-9]" * 20 + ".json")):
        if int(os.path.basename(p)[:20]) <= start: continue
        for line in open(p, encoding="utf8").read().splitlines():
            (k, a), = json.loads(line).items()
            if k == "add": files[a["path"]] = a["partitionValues"]
            elif k == "remove": files.pop(a["path"], None)
            elif k == "metaData": meta = a
    schema = pa.schema([pa.field(f["name"], arrow_type(f["type"])) for f in json.loads(meta["schemaString"])["fields"]])
    parts = []
    for path, values in files.items():
        t = pq.ParquetFile(os.path.join(root, unquote(path))).read()
        cols = [partition_array(values.get(f.name), f.type, t.num_rows) if f.name in meta["partitionColumns"]
                else fitted(t.column(f.name), f.type) if f.name in t.column_names else pa.nulls(t.num_rows, f.type) for f in schema]
        parts.append(pa.Table.from_arrays(cols, schema=schema))
    tbl = pa.concat_tables(parts) if parts else schema.empty_table()
    return tbl.num_rows, digest(tbl)


def check(root):
    bad = []
    vs, files, txn, proto, meta = replay(root, bad)
    dt = DeltaTable(root)
    rs_files = {os.path.relpath(unquote(re.sub("^file://", "", u)) if "%25" in u else re.sub("^file://", "", u), root) for u in dt.file_uris()}
    full = vs[0] == 0
    if full and len(files) != len(rs_files): bad.append(f"file set differs: replay {len(files)}, delta-rs {len(rs_files)}")
    if dt.version() != vs[-1]: bad.append(f"version {dt.version()} but last log {vs[-1]}")
    if full:
        for app, version in txn.items():
            if dt.transaction_version(app) != version: bad.append(f"txn {app}: delta-rs {dt.transaction_version(app)}, log {version}")
        for a in files.values(): check_file(root, a, bad)
    tbl = dt.to_pyarrow_table()
    alone = by_pyarrow(root)
    if alone != (tbl.num_rows, digest(tbl)): bad.append(f"pyarrow alone sees {alone}, delta-rs {(tbl.num_rows, digest(tbl))}")
    return {"version": dt.version(), "files": len(rs_files), "rows": tbl.num_rows, "digest": digest(tbl), "problems": bad[:10]}


def write(root):
    dt = DeltaTable(root)
    schema = pa.schema(dt.schema().to_arrow())
    write_deltalake(dt, pa.table({f.name: pa.array([None], f.type) for f in schema}, schema=schema), mode="append")
    dt.optimize.compact()
    dt.create_checkpoint()


def main(args):
    writes = args[0] == "--write"
    folder, *names = args[1:] if writes else args
    for name in names:
        root = os.path.abspath(os.path.join(folder, name))
        try:
            if writes: write(root)
            out = check(root)
        except BaseException as e:
            out = {"error": f"{type(e).__name__}: {e}"[:500]}
        print(json.dumps({"name": name, **out}), flush=True)
    os._exit(0)


main(sys.argv[1:])
