package bench;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.*;

/** The topologies of bench/side-by-side/topologies.ts, node by node the same. */
final class Cases {
  private static final Serde<String> STRING = Serdes.String();
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();
  private static final Serde<Long> LONG = Serdes.Long();

  private final StreamsBuilder builder = new StreamsBuilder();
  private final String input;
  private final String other;
  private final String output;
  private final Runnable seen;

  Cases(Map<String, String> options, Runnable seen) {
    this.input = options.get("input");
    this.other = options.get("other");
    this.output = options.get("output");
    this.seen = seen;
  }

  Topology build(String name) {
    switch (name) {
      case "stateless" -> stream(input).filter((key, value) -> key != null).mapValues(value -> value).to(output, bytes());
      case "filter" -> stream(input).filter((key, value) -> value.length > 1 << 20).to(output, bytes());
      case "count" -> grouped().count(Materialized.as("counts")).toStream().to(output, Produced.with(STRING, LONG));
      case "window" -> counts(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(1)));
      case "hopping" -> counts(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(1)).advanceBy(Duration.ofMillis(250)));
      case "session" -> grouped()
          .windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofMillis(500), Duration.ofMinutes(1)))
          .count(Materialized.as("counts"))
          .toStream()
          .to(output, Produced.with(WindowedSerdes.sessionWindowedSerdeFrom(String.class), LONG));
      case "table-join" -> stream(input)
          .join(builder.table(other, Consumed.with(STRING, BYTES), Materialized.as("table")), (value, row) -> row)
          .to(output, bytes());
      case "stream-join" -> stream(input)
          .join(
              stream(other),
              (left, right) -> left,
              JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMillis(500)),
              StreamJoined.with(STRING, BYTES, BYTES))
          .to(output, bytes());
      case "foreign-key-join" -> builder.table(input, Consumed.with(STRING, STRING), Materialized.as("orders"))
          .join(
              builder.table(other, Consumed.with(STRING, STRING), Materialized.as("customers")),
              order -> order.substring(0, order.indexOf('|')),
              (order, customer) -> order + '|' + customer)
          .toStream()
          .peek((key, value) -> seen.run())
          .to(output, Produced.with(STRING, STRING));
      case "avro" -> builder
          .stream(input, Consumed.with(STRING, FramedAvro.<Order>of(Order.SCHEMA$, 1)))
          .peek((key, value) -> seen.run())
          .mapValues(Cases::priced)
          .to(output, Produced.with(STRING, FramedAvro.<PricedOrder>of(PricedOrder.SCHEMA$, 2)));
      case "table" -> builder.table(input, Consumed.with(STRING, BYTES), Materialized.as("table"));
      default -> throw new IllegalArgumentException("no topology " + name);
    }
    return builder.build(new Properties());
  }

  private KStream<String, byte[]> stream(String topic) {
    return builder.stream(topic, Consumed.with(STRING, BYTES)).peek((key, value) -> seen.run());
  }

  private KGroupedStream<String, byte[]> grouped() {
    return stream(input).groupByKey(Grouped.with(STRING, BYTES));
  }

  private void counts(TimeWindows windows) {
    grouped()
        .windowedBy(windows)
        .count(Materialized.as("counts"))
        .toStream()
        .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, windows.size()), LONG));
  }

  private static Produced<String, byte[]> bytes() {
    return Produced.with(STRING, BYTES);
  }

  private static PricedOrder priced(Order order) {
    int items = 0;
    double total = 0;
    for (Line line : order.getLines()) {
      items += line.getQuantity();
      total += line.getQuantity() * line.getPrice();
    }
    return new PricedOrder(order.getId(), order.getCustomer().getCountry(), order.getPlacedAt(), items, total);
  }
}
