#!/usr/bin/env bash
# Kafka Streams 4.3.1: a count over tumbling, hopping or session windows counts records without a value; a count without
# windows, or over sliding windows, leaves them out.
#
# The documentation of count() says in all of these places that records with a null key or value are ignored. So a job that
# gets a window counts more records than it did before, and its count differs from the number of values that it could sum.
# It matters where values are deletions: of a compacted topic, or of a topic of changes of a database.
#
# Input, key, value and time: a x 1, a null 2, a x 3, all in one window of 10 ms (and one session).
# One guesses 2 everywhere.
# Seen:  no window 2; tumbling 3; hopping 3; session 3; sliding 2.
#
# Needs a JDK of at least 17 and Maven; takes some 100 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-streams-test-utils</artifactId>
      <version>4.3.1</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory=jars
cat >Nulls.java <<'JAVA'
import java.time.Duration;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

public class Nulls {
    static final Serde<String> TEXT = Serdes.String();

    static KStream<?, Long> counts(String window, KGroupedStream<String, String> records) {
        var size = Duration.ofMillis(10);
        return switch (window) {
            case "tumbling" -> records.windowedBy(TimeWindows.ofSizeWithNoGrace(size)).count().toStream();
            case "hopping" -> records.windowedBy(TimeWindows.ofSizeWithNoGrace(size).advanceBy(Duration.ofMillis(5))).count().toStream();
            case "session" -> records.windowedBy(SessionWindows.ofInactivityGapWithNoGrace(size)).count().toStream();
            case "sliding" -> records.windowedBy(SlidingWindows.ofTimeDifferenceWithNoGrace(size)).count().toStream();
            default -> records.count().toStream();
        };
    }

    public static void main(String[] arguments) {
        for (var window : new String[] {"no window", "tumbling", "hopping", "session", "sliding"}) {
            var builder = new StreamsBuilder();
            var settings = new java.util.Properties();
            settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
            settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
            counts(window, builder.stream("in", Consumed.with(TEXT, TEXT)).groupByKey())
                .selectKey((key, n) -> "n").to("out", Produced.with(TEXT, Serdes.Long()));
            try (var driver = new TopologyTestDriver(builder.build(), settings)) {
                var in = driver.createInputTopic("in", TEXT.serializer(), TEXT.serializer());
                in.pipeInput("a", "x", 1);
                in.pipeInput("a", null, 2);
                in.pipeInput("a", "x", 3);
                var out = driver.createOutputTopic("out", TEXT.deserializer(), Serdes.Long().deserializer());
                var most = out.readValuesToList().stream().filter(n -> n != null).max(Long::compare).get();
                System.out.println(window + ": " + most);
            }
        }
    }
}
JAVA
java -cp 'jars/*' Nulls.java 2>/dev/null >seen.txt
cat seen.txt
diff - seen.txt <<'EXPECTED'
no window: 2
tumbling: 3
hopping: 3
session: 3
sliding: 2
EXPECTED
