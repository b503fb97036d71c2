import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;

/** Searches per term. Arguments: servers, events, schema file, state folder, "memory" or "store". */
public class Count {
    public static void main(String[] arguments) throws Exception {
        long wanted = Long.parseLong(arguments[1]);
        Schema schema = new Schema.Parser().parse(Files.readString(Path.of(arguments[2])));
        boolean stored = arguments[4].equals("store");
        AtomicLong began = new AtomicLong(), counted = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        ThreadLocal<GenericDatumReader<GenericRecord>> reader =
                ThreadLocal.withInitial(() -> new GenericDatumReader<>(schema));
        ThreadLocal<BinaryDecoder> reused = new ThreadLocal<>();
        Map<String, Long> counts = new HashMap<>();

        StreamsBuilder builder = new StreamsBuilder();
        KStream<byte[], String> terms = builder
                .stream("search.query", Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .mapValues(value -> {
                    began.compareAndSet(0, System.nanoTime());
                    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, reused.get());
                    reused.set(decoder);
                    try {
                        return reader.get().read(null, decoder).get("normalised").toString();
                    } catch (java.io.IOException error) {
                        throw new java.io.UncheckedIOException(error);
                    }
                });
        if (stored) {
            KStream<String, String> byTerm = terms
                    .selectKey((key, term) -> term)
                    .repartition(Repartitioned.with(Serdes.String(), Serdes.String()).withNumberOfPartitions(4));
            byTerm.groupByKey().count(
                    Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("counts").withKeySerde(Serdes.String()));
            byTerm.foreach((term, ignored) -> {
                if (counted.incrementAndGet() == wanted) done.countDown();
            });
        } else {
            terms.foreach((key, term) -> {
                counts.merge(term, 1L, Long::sum);
                if (counted.incrementAndGet() == wanted) done.countDown();
            });
        }

        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-" + UUID.randomUUID());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, arguments[3]);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        properties.put("auto.offset.reset", "earliest");
        try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
            streams.setUncaughtExceptionHandler(error -> {
                error.printStackTrace();
                System.exit(1);
                return null;
            });
            streams.start();
            done.await();
            double seconds = (System.nanoTime() - began.get()) / 1e9;
            System.out.printf(java.util.Locale.ROOT, "{\"events\": %d, \"seconds\": %.3f}%n", counted.get(), seconds);
            System.out.flush();
        }
    }
}
