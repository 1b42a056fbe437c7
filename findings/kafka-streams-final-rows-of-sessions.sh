#!/usr/bin/env bash
# Kafka Streams 4.3.1: one session, of records in order, comes out as two, and as which two depends on how it is emitted.
#
# Records whose times are exactly a gap apart are one session. But a session counts as closed as soon as stream time has
# come to its end plus the gap, be it by a record of another key, while a record of that very time may still come, which is
# neither late nor out of order, and is taken. The updates of the table then end with both sessions, since what became part
# of the longer one is taken back only while it isn't closed. So Suppressed.untilWindowCloses gives both as final, and they
# overlap. EmitStrategy.onWindowClose no longer finds the closed session and opens a second one beside it.
#
# Input, key and time, in order, gap 10 ms, no grace: a 1, b 11, a 11; then z 100, which closes all.
# One guesses one row of a, [1, 11] with 2 records.
# Seen:  updates     a [1, 1] 1, a [1, 11] 2, and the first isn't taken back
#        suppress    a [1, 1] 1, a [1, 11] 2
#        on close    a [1, 1] 1, a [11, 11] 1
# With the last two the other way round, a 1, a 11, b 11, all end with a [1, 11] 2 alone.
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
cat >Sessions.java <<'JAVA'
import java.time.Duration;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

public class Sessions {
    static final Serde<String> TEXT = Serdes.String();

    /** Prints the rows of a, in the order in which they come; a row without a number is taken back. */
    static void run(String way, String... records) {
        var builder = new StreamsBuilder();
        var sessions = builder.stream("in", Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT))
            .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofMillis(10)));
        var store = Materialized.<String, Long, org.apache.kafka.streams.state.SessionStore<org.apache.kafka.common.utils.Bytes, byte[]>>
            with(TEXT, Serdes.Long());
        var counts = switch (way) {
            case "suppress" -> sessions.count(store).suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()));
            case "on close" -> sessions.emitStrategy(EmitStrategy.onWindowClose()).count(store);
            default -> sessions.count(store);
        };
        counts.toStream((session, n) -> session.key() + " [" + session.window().start() + ", " + session.window().end() + "]")
            .to("out", Produced.with(TEXT, Serdes.Long()));
        try (var driver = new TopologyTestDriver(builder.build())) {
            var in = driver.createInputTopic("in", TEXT.serializer(), TEXT.serializer());
            var out = driver.createOutputTopic("out", TEXT.deserializer(), Serdes.Long().deserializer());
            var rows = new StringBuilder(way + ":");
            for (var record : records) {
                var cells = record.split(" ");
                in.pipeInput(cells[0], "x", Long.parseLong(cells[1]));
                for (var row : out.readKeyValuesToList()) {
                    if (row.key.startsWith("a")) rows.append(" " + row.key + " " + (row.value == null ? "taken back" : row.value) + ";");
                }
            }
            System.out.println(rows);
        }
    }

    public static void main(String[] arguments) {
        for (var way : new String[] {"updates", "suppress", "on close"}) {
            run(way, "a 1", "b 11", "a 11", "z 100");
            run(way, "a 1", "a 11", "b 11", "z 100");
        }
    }
}
JAVA
java -cp 'jars/*' Sessions.java 2>/dev/null >seen.txt
cat seen.txt
diff - seen.txt <<'EXPECTED'
updates: a [1, 1] 1; a [1, 11] 2;
updates: a [1, 1] 1; a [1, 1] taken back; a [1, 11] 2;
suppress: a [1, 1] 1; a [1, 11] 2;
suppress: a [1, 11] 2;
on close: a [1, 1] 1; a [11, 11] 1;
on close: a [1, 11] 2;
EXPECTED
