import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.serialization.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.*;
import org.apache.flink.connector.kafka.source.*;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.*;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.*;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * Counts events by window of event time and key, in Flink's DataStream API, from one Kafka topic into another.
 *
 * <p>Counterpoint starts it with the topics and the problem's parameters in its environment (docs/engines.md). It is bounded: it
 * reads up to the end that the input had when it started. Its argument is the version: v1, or v2, which has a bug.
 */
public class WindowedCounts {
    static final TypeInformation<Tuple3<Long, String, Long>> EVENT = Types.TUPLE(Types.LONG, Types.STRING, Types.LONG);
    /** Count, sum, least and greatest. */
    static final TypeInformation<Tuple4<Long, Long, Long, Long>> FIGURES =
        Types.TUPLE(Types.LONG, Types.LONG, Types.LONG, Types.LONG);
    static final TypeInformation<Tuple2<String, String>> ROW = Types.TUPLE(Types.STRING, Types.STRING);
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        String kafka = told("KAFKA_BOOTSTRAP"), id = told("KAFKA_ID");
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment(settings());
        flink.setParallelism(1);
        KafkaSource<Tuple3<Long, String, Long>> source = KafkaSource.<Tuple3<Long, String, Long>>builder()
            .setBootstrapServers(kafka)
            .setTopics(told("KAFKA_INPUT"))
            .setGroupId(id)
            .setProperty("isolation.level", "read_committed")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setBounded(OffsetsInitializer.latest())
            .setValueOnlyDeserializer(new Event())
            .build();
        KafkaSink<Tuple2<String, String>> sink = KafkaSink.<Tuple2<String, String>>builder()
            .setBootstrapServers(kafka)
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(id)
            .setProperty("transaction.timeout.ms", "120000")
            .setRecordSerializer(KafkaRecordSerializationSchema.<Tuple2<String, String>>builder()
                .setTopic(told("KAFKA_OUTPUT"))
                .setKeySerializationSchema(new Field(0))
                .setValueSerializationSchema(new Field(1))
                .build())
            .build();
        flink.fromSource(source, watermarks(arguments[0]), "events")
            .keyBy(event -> event.f1)
            .window(windows(told("PARAMETER_WINDOW")))
            .aggregate(new Figures(), new Row(), FIGURES, FIGURES, ROW)
            .sinkTo(sink);
        flink.execute();
    }

    static String told(String name) {
        return System.getenv("COUNTERPOINT_" + name);
    }

    static Configuration settings() throws Exception {
        return Configuration.fromMap(Map.of(
            // Else the server of jars listens to every address.
            "jobmanager.bind-host", "127.0.0.1",
            "execution.checkpointing.interval", "1 s",
            "execution.checkpointing.storage", "filesystem",
            "execution.checkpointing.dir", Files.createTempDirectory("checkpoints-").toUri().toString(),
            "restart-strategy.type", "fixed-delay",
            "restart-strategy.fixed-delay.attempts", "3",
            "restart-strategy.fixed-delay.delay", "1 s"));
    }

    static WatermarkStrategy<Tuple3<Long, String, Long>> watermarks(String version) {
        Duration delay = Duration.ofMillis(Long.parseLong(told("PARAMETER_DELAY")));
        WatermarkStrategy<Tuple3<Long, String, Long>> each = WatermarkStrategy.forGenerator(context -> new EachRecord(delay));
        return switch (version) {
            case "v1" -> each.withTimestampAssigner((event, time) -> event.f0);
            // The bug: without an assigner an event's time is that of its message.
            case "v2" -> each;
            default -> throw new IllegalArgumentException("there is no version '" + version + "', expected v1 or v2");
        };
    }

    static WindowAssigner<Object, TimeWindow> windows(String text) {
        String[] parts = text.split(":");
        Duration[] lengths = Arrays.stream(parts).skip(1).map(ms -> Duration.ofMillis(Long.parseLong(ms))).toArray(Duration[]::new);
        return switch (parts[0]) {
            case "tumbling" -> TumblingEventTimeWindows.of(lengths[0]);
            case "sliding" -> SlidingEventTimeWindows.of(lengths[0], lengths[1]);
            default -> throw new IllegalArgumentException(
                "this job has no windows such as '" + text + "', expected tumbling:SIZE or sliding:SIZE:SLIDE in ms");
        };
    }

    /** Flink's watermark for bounded out-of-orderness, told with each record and not by the machine's clock. */
    static class EachRecord extends BoundedOutOfOrdernessWatermarks<Tuple3<Long, String, Long>> {
        EachRecord(Duration delay) {
            super(delay);
        }

        @Override
        public void onEvent(Tuple3<Long, String, Long> event, long time, WatermarkOutput output) {
            super.onEvent(event, time, output);
            super.onPeriodicEmit(output);
        }
    }

    /** A message's value: time, key and value. */
    static class Event extends AbstractDeserializationSchema<Tuple3<Long, String, Long>> {
        Event() {
            super(EVENT);
        }

        @Override
        public Tuple3<Long, String, Long> deserialize(byte[] message) throws java.io.IOException {
            JsonNode event = JSON.readTree(message);
            return Tuple3.of(event.get("event_time_ms").longValue(), event.get("key").textValue(), event.get("value").longValue());
        }
    }

    /** A field of a row in UTF-8: a message's key, or its value. No lambda, for Flink asks for the type. */
    record Field(int number) implements SerializationSchema<Tuple2<String, String>> {
        @Override
        public byte[] serialize(Tuple2<String, String> row) {
            return row.<String>getField(number).getBytes(StandardCharsets.UTF_8);
        }
    }

    static class Figures implements AggregateFunction<Tuple3<Long, String, Long>, Tuple4<Long, Long, Long, Long>, Tuple4<Long, Long, Long, Long>> {
        @Override
        public Tuple4<Long, Long, Long, Long> createAccumulator() {
            return Tuple4.of(0L, 0L, Long.MAX_VALUE, Long.MIN_VALUE);
        }

        @Override
        public Tuple4<Long, Long, Long, Long> add(Tuple3<Long, String, Long> event, Tuple4<Long, Long, Long, Long> so) {
            return merge(so, Tuple4.of(1L, event.f2, event.f2, event.f2));
        }

        @Override
        public Tuple4<Long, Long, Long, Long> merge(Tuple4<Long, Long, Long, Long> one, Tuple4<Long, Long, Long, Long> other) {
            return Tuple4.of(one.f0 + other.f0, Math.addExact(one.f1, other.f1), Math.min(one.f2, other.f2), Math.max(one.f3, other.f3));
        }

        @Override
        public Tuple4<Long, Long, Long, Long> getResult(Tuple4<Long, Long, Long, Long> so) {
            return so;
        }
    }

    /** Makes a row of a window: its key, and the columns as JSON. */
    static class Row extends ProcessWindowFunction<Tuple4<Long, Long, Long, Long>, Tuple2<String, String>, String, TimeWindow> {
        @Override
        public void process(
            String key, Context context, Iterable<Tuple4<Long, Long, Long, Long>> figures, Collector<Tuple2<String, String>> out) {
            for (Tuple4<Long, Long, Long, Long> figure : figures) {
                ObjectNode row = JSON.createObjectNode()
                    .put("window_start_ms", context.window().getStart())
                    .put("window_end_ms", context.window().getEnd())
                    .put("key", key)
                    .put("count", figure.f0)
                    .put("sum", figure.f1)
                    .put("min", figure.f2)
                    .put("max", figure.f3);
                out.collect(Tuple2.of(key, row.toString()));
            }
        }
    }
}
