#!/usr/bin/env bash
# Flink 2.3.0: a record that is late by exactly the delay is counted by the DataStream API, and dropped by SQL with the same delay.
#
# forBoundedOutOfOrderness(2 s) has the watermark at the largest time less 2 s less 1 ms; `WATERMARK FOR t AS t - INTERVAL '2' SECOND`
# has it at the largest time less 2 s. SQL's is a millisecond ahead, so a window closes a millisecond sooner, and a job that is
# moved from one to the other counts differently where times are whole seconds, as they often are. The documentation names the
# millisecond for ascending times alone (`t - INTERVAL '0.001' SECOND`), and calls both of these bounded out of orderness.
#
# Input: one record at each of 1000, 11999, 9999 and 25000 ms, in this order; windows of 10 s, a delay of 2 s, and a watermark
#        that is told with each record. 9999 comes exactly 2 s behind 11999.
# One guesses the same counts from both.
# Seen:  DataStream 0:2 10000:1 20000:1; SQL 0:1 10000:1 20000:1; SQL with 2.001 s 0:2 10000:1 20000:1.
#
# Needs what scripts/engines/flink.sh needs: Java 17 with javac, Maven, Python 3; takes some 900 MB of download the first time.
# Exits 0 if it is as described.
set -euo pipefail
engines=$(cd "$(dirname "$0")/../scripts/engines" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '1000\n11999\n9999\n25000\n' >times.csv
cat >ExactlyAsLate.java <<'JAVA'
import java.time.Duration;
import java.util.*;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessAllWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.api.*;
import org.apache.flink.types.Row;
import org.apache.flink.util.*;

public class ExactlyAsLate {
    /** Flink's own watermark for bounded out-of-orderness, told with each record. */
    public static class EachRecord extends BoundedOutOfOrdernessWatermarks<Long> {
        public EachRecord() {
            super(Duration.ofSeconds(2));
        }

        @Override
        public void onEvent(Long time, long at, WatermarkOutput output) {
            super.onEvent(time, at, output);
            super.onPeriodicEmit(output);
        }
    }

    public static class Count extends ProcessAllWindowFunction<Long, String, TimeWindow> {
        @Override
        public void process(Context context, Iterable<Long> times, Collector<String> out) {
            long count = 0;
            for (Long time : times) count++;
            out.collect(context.window().getStart() + ":" + count);
        }
    }

    static void say(String name, Iterator<?> rows) {
        Set<String> sorted = new TreeSet<>();
        rows.forEachRemaining(row -> sorted.add(row.toString()));
        System.out.println(name + " " + String.join(" ", sorted));
    }

    static void sql(String file, String delay) {
        TableEnvironment table = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        table.getConfig().set("table.local-time-zone", "UTC").set("parallelism.default", "1").set("pipeline.auto-watermark-interval", "0 ms");
        table.executeSql("CREATE TABLE times (ms BIGINT, t AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR t AS t - INTERVAL '" + delay
            + "' SECOND) WITH ('connector' = 'filesystem', 'path' = '" + file + "', 'format' = 'csv')");
        TableResult result = table.executeSql("SELECT CAST(EXTRACT(EPOCH FROM window_start) * 1000 AS STRING) || ':' || CAST(COUNT(*) AS STRING)"
            + " FROM TABLE(TUMBLE(TABLE times, DESCRIPTOR(t), INTERVAL '10' SECOND)) GROUP BY window_start, window_end");
        List<String> rows = new ArrayList<>();
        result.collect().forEachRemaining(row -> rows.add((String) row.getField(0)));
        say("SQL with " + delay + " s", rows.iterator());
    }

    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(1);
        DataStream<String> counts = flink.fromCollection(List.of(1000L, 11999L, 9999L, 25000L), Types.LONG)
            .assignTimestampsAndWatermarks(WatermarkStrategy.<Long>forGenerator(context -> new EachRecord())
                .withTimestampAssigner((time, at) -> time))
            .windowAll(TumblingEventTimeWindows.of(Duration.ofSeconds(10)))
            .process(new Count(), Types.STRING);
        try (CloseableIterator<String> rows = counts.executeAndCollect()) {
            say("DataStream with 2 s", rows);
        }
        sql(arguments[0], "2");
        sql(arguments[0], "2.001");
    }
}
JAVA
"$engines/flink.sh" java ExactlyAsLate.java "$folder/times.csv" 2>flink.log >seen.txt || tail -n 20 flink.log >&2
cat seen.txt
diff - seen.txt <<'EXPECTED'
DataStream with 2 s 0:2 10000:1 20000:1
SQL with 2 s 0:1 10000:1 20000:1
SQL with 2.001 s 0:2 10000:1 20000:1
EXPECTED
