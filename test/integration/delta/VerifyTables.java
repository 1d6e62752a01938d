// Reads tables with delta-kernel-java (a log replay and a Parquet decoder of its own) and prints one JSON line for each:
//   java -cp 'lib/*' VerifyTables.java DIR name ...
//   java -cp 'lib/*' VerifyTables.java --write DIR name ...
// appends the rows of a table's first file to it once more (to the partition of nulls where it has any) and prints what it
// sees then.
// lib: mvn dependency:copy-dependencies with kernel-pom.xml. The digest is the one of row-digest.ts and verify_tables.py.
import io.delta.kernel.*;
import io.delta.kernel.data.*;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.*;
import io.delta.kernel.utils.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.*;

public class VerifyTables {
  static String text(DataType t, ColumnVector v, int i) {
    if (v.isNullAt(i)) return "~";
    if (t instanceof StringType) return v.getString(i).replace("\\", "\\\\").replace(",", "\\,");
    if (t instanceof LongType || t instanceof TimestampType || t instanceof TimestampNTZType) return Long.toString(v.getLong(i));
    if (t instanceof IntegerType || t instanceof DateType) return Integer.toString(v.getInt(i));
    if (t instanceof ShortType) return Short.toString(v.getShort(i));
    if (t instanceof ByteType) return Byte.toString(v.getByte(i));
    if (t instanceof BooleanType) return Boolean.toString(v.getBoolean(i));
    if (t instanceof DoubleType) return Long.toHexString(Double.doubleToLongBits(v.getDouble(i)));
    if (t instanceof FloatType) return Integer.toHexString(Float.floatToIntBits(v.getFloat(i)));
    if (t instanceof DecimalType) return v.getDecimal(i).setScale(((DecimalType) t).getScale()).toPlainString();
    if (t instanceof BinaryType) return HexFormat.of().formatHex(v.getBinary(i));
    if (t instanceof StructType s) {
      StringJoiner j = new StringJoiner(",", "{", "}");
      for (int k = 0; k < s.length(); k++) j.add(text(s.at(k).getDataType(), v.getChild(k), i));
      return j.toString();
    }
    if (t instanceof ArrayType a) {
      ArrayValue av = v.getArray(i); StringJoiner j = new StringJoiner(",", "[", "]");
      for (int k = 0; k < av.getSize(); k++) j.add(text(a.getElementType(), av.getElements(), k));
      return j.toString();
    }
    if (t instanceof MapType m) {
      MapValue mv = v.getMap(i); List<String> es = new ArrayList<>();
      for (int k = 0; k < mv.getSize(); k++) es.add(text(m.getKeyType(), mv.getKeys(), k) + "=" + text(m.getValueType(), mv.getValues(), k));
      Collections.sort(es); return "<" + String.join(",", es) + ">";
    }
    throw new IllegalStateException("type " + t);
  }

  public static void main(String[] args) throws Exception {
    Engine engine = DefaultEngine.create(new org.apache.hadoop.conf.Configuration());
    boolean writes = args[0].equals("--write");
    int first = writes ? 1 : 0;
    for (int k = first + 1; k < args.length; k++) {
      try {
        java.io.File folder = new java.io.File(args[first], args[k]);
        if (writes) write(engine, folder);
        verify(engine, args[k], folder);
      } catch (Throwable e) {
        System.out.printf("{\"name\":\"%s\",\"error\":\"%s\"}%n", args[k], String.valueOf(e).replaceAll("[\"\\\\\\s]+", " "));
      }
    }
  }

  static void write(Engine engine, java.io.File folder) throws Exception {
    Snapshot snap = TableManager.loadSnapshot(folder.toURI().toString()).build(engine);
    StructType schema = snap.getSchema();
    Transaction txn = snap.buildUpdateTableTransaction("kernel-test", Operation.WRITE).build(engine);
    Row state = txn.getTransactionState(engine);
    Map<String, Literal> partition = new HashMap<>();
    for (String name : snap.getPartitionColumnNames()) partition.put(name, Literal.ofNull(schema.get(name).getDataType()));
    Scan scan = snap.getScanBuilder().build();
    Row scanState = scan.getScanState(engine);
    StructType phys = ScanStateRow.getPhysicalDataReadSchema(scanState);
    Row file = null;
    try (CloseableIterator<FilteredColumnarBatch> it = scan.getScanFiles(engine)) {
      while (file == null && it.hasNext()) {
        CloseableIterator<Row> rows = it.next().getRows();
        if (rows.hasNext()) file = rows.next();
      }
      if (file == null) return;
      CloseableIterator<ColumnarBatch> data = engine.getParquetHandler()
          .readParquetFiles(Utils.singletonCloseableIterator(InternalScanFileUtils.getAddFileStatus(file)), phys, Optional.empty()).map(r -> r.getData());
      CloseableIterator<FilteredColumnarBatch> logical = Scan.transformPhysicalData(engine, scanState, file, data);
      CloseableIterator<FilteredColumnarBatch> physical = Transaction.transformLogicalData(engine, state, logical, partition);
      DataWriteContext context = Transaction.getWriteContext(engine, state, partition);
      CloseableIterator<DataFileStatus> files = engine.getParquetHandler()
          .writeParquetFiles(context.getTargetDirectory(), physical, context.getStatisticsColumns());
      CloseableIterator<Row> actions = Transaction.generateAppendActions(engine, state, files, context);
      txn.commit(engine, CloseableIterable.inMemoryIterable(actions));
    }
  }

  static void verify(Engine engine, String name, java.io.File folder) throws Exception {
    Snapshot snap = TableManager.loadSnapshot(folder.toURI().toString()).build(engine);
    StructType schema = snap.getSchema();
    Scan scan = snap.getScanBuilder().build();
    Row state = scan.getScanState(engine);
    StructType phys = ScanStateRow.getPhysicalDataReadSchema(state);
    long rows = 0, files = 0, digest = 0;
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    try (CloseableIterator<FilteredColumnarBatch> it = scan.getScanFiles(engine)) {
      while (it.hasNext()) {
        try (CloseableIterator<Row> fr = it.next().getRows()) {
          while (fr.hasNext()) {
            Row f = fr.next(); files++;
            CloseableIterator<ColumnarBatch> data = engine.getParquetHandler()
                .readParquetFiles(Utils.singletonCloseableIterator(InternalScanFileUtils.getAddFileStatus(f)), phys, Optional.empty()).map(r -> r.getData());
            try (CloseableIterator<FilteredColumnarBatch> out = Scan.transformPhysicalData(engine, state, f, data)) {
              while (out.hasNext()) {
                FilteredColumnarBatch b = out.next(); ColumnarBatch c = b.getData();
                Optional<ColumnVector> sel = b.getSelectionVector();
                for (int i = 0; i < c.getSize(); i++) {
                  if (sel.isPresent() && !sel.get().getBoolean(i)) continue;
                  StringJoiner j = new StringJoiner(",");
                  for (int k = 0; k < schema.length(); k++) j.add(text(schema.at(k).getDataType(), c.getColumnVector(k), i));
                  digest += ByteBuffer.wrap(sha.digest(j.toString().getBytes(StandardCharsets.UTF_8))).getLong(); rows++;
                }
              }
            }
          }
        }
      }
    }
    System.out.printf("{\"name\":\"%s\",\"version\":%d,\"files\":%d,\"rows\":%d,\"digest\":\"%016x\"}%n",
        name, snap.getVersion(), files, rows, digest);
  }
}
