package bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Specific records in Confluent's framing (a byte 0, the schema id, the binary), under an id that is known beforehand.
 * Confluent's own serde is not on Maven Central; this one does less work for each record, so it flatters Kafka Streams.
 */
final class FramedAvro {
  private static final int FRAME = 5;

  static <T extends SpecificRecord> Serde<T> of(Schema schema, int id) {
    return Serdes.serdeFrom(serializer(schema, id), deserializer(schema));
  }

  private static <T extends SpecificRecord> Serializer<T> serializer(Schema schema, int id) {
    SpecificDatumWriter<T> writer = new SpecificDatumWriter<>(schema);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder[] encoder = new BinaryEncoder[1];
    return (topic, value) -> {
      if (value == null) return null;
      out.reset();
      out.write(0);
      out.write(id >>> 24);
      out.write(id >>> 16);
      out.write(id >>> 8);
      out.write(id);
      try {
        encoder[0] = EncoderFactory.get().binaryEncoder(out, encoder[0]);
        writer.write(value, encoder[0]);
        encoder[0].flush();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      return out.toByteArray();
    };
  }

  private static <T extends SpecificRecord> Deserializer<T> deserializer(Schema schema) {
    SpecificDatumReader<T> reader = new SpecificDatumReader<>(schema);
    BinaryDecoder[] decoder = new BinaryDecoder[1];
    return (topic, bytes) -> {
      if (bytes == null) return null;
      decoder[0] = DecoderFactory.get().binaryDecoder(bytes, FRAME, bytes.length - FRAME, decoder[0]);
      try {
        return reader.read(null, decoder[0]);
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    };
  }

  private FramedAvro() {}
}
