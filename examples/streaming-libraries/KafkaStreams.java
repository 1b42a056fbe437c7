// Two jobs with Kafka Streams, run by its test driver: orders by minute and user, and what each user has spent.
import java.io.*;
import java.time.*;
import java.util.Properties;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

public class KafkaStreams {
    static final Serde<String> TEXT = Serdes.String();
    static final Serde<Long> NUMBER = Serdes.Long();

    static void minutes(KGroupedStream<String, Long> orders) {
        orders.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(20)))
            .count(Materialized.with(TEXT, NUMBER))
            .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()))
            .toStream((window, n) -> window.window().start() + "," + window.key())
            .to("rows", Produced.with(TEXT, NUMBER));
    }

    static void totals(KGroupedStream<String, Long> orders) {
        orders.reduce(Long::sum, Materialized.with(TEXT, NUMBER)).toStream().to("rows", Produced.with(TEXT, NUMBER));
    }

    // The glue: a line in, and out what it makes ready, before the next.
    public static void main(String[] arguments) throws IOException {
        var isTotals = arguments[0].equals("totals");
        var builder = new StreamsBuilder();
        var orders = builder.stream("orders", Consumed.with(TEXT, NUMBER)).groupByKey(Grouped.with(TEXT, NUMBER));
        if (isTotals) totals(orders); else minutes(orders);
        var settings = new Properties();
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("TMPDIR"));
        var in = new BufferedReader(new InputStreamReader(System.in));
        in.readLine();
        try (var driver = new TopologyTestDriver(builder.build(), settings)) {
            var input = driver.createInputTopic("orders", TEXT.serializer(), NUMBER.serializer());
            var rows = driver.createOutputTopic("rows", TEXT.deserializer(), NUMBER.deserializer());
            System.out.println(isTotals ? "user,spent,offset" : "minute,user,n,offset");
            long offset = 0;
            for (String line; (line = in.readLine()) != null; offset++) {
                var order = line.split(",");
                input.pipeInput(order[1], Long.valueOf(order[2]), Long.parseLong(order[0]));
                for (var row : rows.readKeyValuesToList()) System.out.println(row.key + "," + row.value + "," + offset);
            }
        }
    }
}
