package bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * One case on Kafka Streams, in a process of its own. Options are `name=value`, as of bench/side-by-side/engine.ts; prints a
 * line `running` and one line of JSON with the same fields.
 */
public final class Run {
  private static final int SAMPLES = 1000;
  private static volatile long seen;
  private static volatile long firstAt;
  private static volatile long lastAt;

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String arg : args) options.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    String topology = options.get("topology");
    long until = Long.parseLong(options.get("until"));
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Runnable count = () -> {
      // One stream thread: nobody else writes.
      long now = seen + 1;
      seen = now;
      if (now == 1) firstAt = System.currentTimeMillis();
      if (now == until) {
        lastAt = System.currentTimeMillis();
        done.countDown();
      }
    };
    KafkaStreams streams = new KafkaStreams(new Cases(options, count).build(topology), settings(options));
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) running.countDown();
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    long startedAt = System.currentTimeMillis();
    streams.start();
    running.await();
    long runningAt = System.currentTimeMillis();
    System.out.println("running");
    String sample = topology.equals("table") ? sampleOf(streams, Integer.parseInt(options.get("keys"))) : "";
    if (until > 0) done.await(20, TimeUnit.MINUTES);
    else while (System.in.read() >= 0) continue;
    streams.close(Duration.ofSeconds(120));
    long closedAt = System.currentTimeMillis();
    double cpu = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    System.out.printf(
        "{\"records\":%d,\"startedAt\":%d,\"runningAt\":%d,\"firstAt\":%d,\"lastAt\":%d,\"closedAt\":%d,\"cpuSeconds\":%.3f,\"peakRssMb\":%d,\"sample\":\"%s\"}%n",
        seen, startedAt, runningAt, firstAt, lastAt, closedAt, cpu, peakRssMb(), sample);
    System.exit(0);
  }

  private static Properties settings(Map<String, String> options) {
    Properties settings = new Properties();
    settings.put("application.id", options.get("app"));
    settings.put("bootstrap.servers", options.get("brokers"));
    settings.put("auto.offset.reset", "earliest");
    settings.put("state.dir", options.get("stateDir"));
    settings.put("num.stream.threads", "1");
    settings.put("processing.guarantee", options.get("guarantee"));
    settings.put("commit.interval.ms", options.get("commitIntervalMs"));
    settings.put("statestore.cache.max.bytes", options.get("cacheMaxBytes"));
    return settings;
  }

  /** Some rows of the table, so that a restore that read nothing does not look fast. */
  private static String sampleOf(KafkaStreams streams, int keys) {
    ReadOnlyKeyValueStore<String, byte[]> table =
        streams.store(StoreQueryParameters.fromNameAndType("table", QueryableStoreTypes.keyValueStore()));
    long sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
      byte[] row = table.get("key-" + (long) i * keys / SAMPLES);
      sum += row == null ? 0 : Integer.toUnsignedLong(Arrays.hashCode(row));
    }
    return Long.toString(sum);
  }

  private static long peakRssMb() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    }
    return 0;
  }

  private Run() {}
}
