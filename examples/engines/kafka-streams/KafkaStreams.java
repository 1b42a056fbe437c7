import java.time.Duration;
import java.util.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

/** Kafka Streams, by its test driver: a topology for each question. */
public class KafkaStreams {
    static final Serde<String> TEXT = Serdes.String();
    static final Materialized<String, String, ?> KEPT = Materialized.with(TEXT, TEXT);
    static Duration ms(long ms) { return Duration.ofMillis(ms); }

    static KStream<String, String> windows(Atlas.Question q, KGroupedStream<String, String> in) {
        var grace = ms(q.ms("delay") + q.ms("lateness"));
        Aggregator<String, String, String> add = (key, value, all) -> Atlas.add(all, value == null ? null : Long.valueOf(value.split(",")[1]));
        var slide = ms(q.ms(q.has("slide") ? "slide" : "size"));
        var counts = q.kind.equals("session")
            ? in.windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(q.ms("gap")), grace)).aggregate(() -> "0,0", add, (k, a, b) -> Atlas.merge(a, b), (Materialized) KEPT)
            : in.windowedBy(TimeWindows.ofSizeAndGrace(ms(q.ms("size")), grace).advanceBy(slide)).aggregate(() -> "0,0", add, (Materialized) KEPT);
        return ((KTable<Windowed<String>, String>) counts).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
            .toStream().map((w, all) -> KeyValue.pair("", w.window().start() + "," + w.window().end() + "," + w.key() + "," + all));
    }

    static void ask(Atlas.Question q, Atlas.Rows rows) throws Exception {
        if (q.kind.equals("days")) throw new Atlas.Cannot("windows begin at multiples of their length since 1970 in UTC");
        if (q.has("restart")) throw new Atlas.Skip("the test driver keeps no state when it is closed");
        if (q.kind.equals("dedup")) throw new Atlas.Skip("no operator drops duplicates; a processor of one's own would");
        if (q.name.equals("missing-time")) throw new Atlas.Cannot("each message has a time");
        var builder = new StreamsBuilder();
        KStream<String, String> one = builder.stream("one", Consumed.with(TEXT, TEXT)), two = builder.stream("two", Consumed.with(TEXT, TEXT));
        var bound = JoinWindows.ofTimeDifferenceAndGrace(Duration.ZERO, ms(q.ms("delay"))).after(ms(q.ms("bound")));
        ValueJoiner<String, String, String> pair = (l, r) -> l + "," + (r == null ? "," : r);
        var out = !q.kind.endsWith("join") ? windows(q, (q.has("inputs") ? one.merge(two) : one).groupByKey(Grouped.with(TEXT, TEXT)))
            : q.kind.equals("join") ? one.join(two, pair, bound, StreamJoined.with(TEXT, TEXT, TEXT)) : one.leftJoin(two, pair, bound, StreamJoined.with(TEXT, TEXT, TEXT));
        out.to("rows", Produced.with(TEXT, TEXT));
        var settings = new Properties();
        settings.put("state.dir", System.getenv("TMPDIR"));
        try (var driver = new TopologyTestDriver(builder.build(), settings)) {
            for (var r : q.records()) {
                var to = driver.createInputTopic(Set.of("R", "two").contains(r.tag() + "") ? "two" : "one", TEXT.serializer(), TEXT.serializer());
                to.pipeInput(r.key(), r.value() == null ? null : r.time() + "," + r.value(), r.time());
                driver.advanceWallClockTime(Duration.ofSeconds(2)); // Unmatched rows wait for it.
            }
            for (var row : driver.createOutputTopic("rows", TEXT.deserializer(), TEXT.deserializer()).readKeyValuesToList()) {
                var fields = row.value.split(",", -1);
                if (q.kind.endsWith("join")) rows.row(fields[0], fields[2], row.key, fields[1], fields[3]);
                else rows.row((Object[]) fields);
            }
        }
    }

    public static void main(String[] arguments) throws Exception { Atlas.answer(KafkaStreams::ask); }
}
