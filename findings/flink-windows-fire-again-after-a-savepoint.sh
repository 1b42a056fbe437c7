#!/usr/bin/env bash
# Flink 2.3.0: after a restart from a savepoint the DataStream API counts a late record in a second row of a window that has been
# given out, which the job drops that wasn't restarted. SQL drops it in both.
#
# A savepoint has the state of windows, but not the watermark: the restarted job's begins at the beginning of time. A record that was
# late before it is so no more; its window's state is gone, so the window comes out once more, with that record alone. Windows of
# SQL keep the watermark in their state (FLINK-24501); for the DataStream API the same was proposed in FLINK-5601, and
# apache/flink#7013 was closed as stale.
#
# Input: one record at each of 1000, 25000, 2000 and 60000 ms, in this order; windows of 10 s, no delay, and a watermark that is told
#        with each record. 25000 fires the window at 0, so 2000 is late. Whole: the job reads all four. Restarted: it is stopped
#        with a savepoint (without draining) after two of them, and the same job starts from it.
# One guesses the same rows four times: 0:1 20000:1 60000:1.
# Seen: as one guesses, but for DataStream restarted: 0:1 0:1 20000:1 60000:1.
#
# Needs what scripts/engines/flink.sh needs: Java 17 with javac, Maven, Python 3; takes some 900 MB of download the first time.
# Exits 0 if it is as described.
set -euo pipefail
engines=$(cd "$(dirname "$0")/../scripts/engines" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >FiresAgain.java <<'JAVA'
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.*;
import org.apache.flink.core.execution.*;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.windowing.ProcessAllWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.table.api.*;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

public class FiresAgain {
    static final long[] TIMES = {1000, 25000, 2000, 60000};
    /** What has come out; the job runs in this process. */
    static final List<String> OUT = new CopyOnWriteArrayList<>();
    /** So many records the source may give. */
    static final AtomicInteger LEFT = new AtomicInteger();

    static class Allowed implements RateLimiterStrategy {
        @Override
        public RateLimiter createRateLimiter(int parallelism) {
            return records -> LEFT.getAndDecrement() > 0 ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
        }
    }

    static class EachRecord extends BoundedOutOfOrdernessWatermarks<Long> {
        EachRecord() {
            super(Duration.ZERO);
        }

        @Override
        public void onEvent(Long time, long at, WatermarkOutput output) {
            super.onEvent(time, at, output);
            super.onPeriodicEmit(output);
        }
    }

    static class Count extends ProcessAllWindowFunction<Long, String, TimeWindow> {
        @Override
        public void process(Context context, Iterable<Long> times, Collector<String> out) {
            long count = 0;
            for (Long time : times) count++;
            out.collect(context.window().getStart() + ":" + count);
        }
    }

    static JobClient start(String api, String savepoint) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("jobmanager.bind-host", "127.0.0.1");
        if (savepoint != null) settings.setString("execution.state-recovery.path", savepoint);
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        DataStream<Long> times = flink.fromSource(
            new DataGeneratorSource<>(index -> TIMES[index.intValue()], TIMES.length, new Allowed(), Types.LONG),
            WatermarkStrategy.<Long>forGenerator(context -> new EachRecord()).withTimestampAssigner((time, at) -> time), "times");
        DataStream<String> rows;
        if (api.equals("DataStream")) {
            rows = times.windowAll(TumblingEventTimeWindows.of(Duration.ofSeconds(10))).process(new Count(), Types.STRING);
        } else {
            StreamTableEnvironment table = StreamTableEnvironment.create(flink);
            table.getConfig().set("table.local-time-zone", "UTC");
            table.createTemporaryView("times", times, Schema.newBuilder().column("f0", "BIGINT")
                .columnByMetadata("t", DataTypes.TIMESTAMP_LTZ(3), "rowtime").watermark("t", "SOURCE_WATERMARK()").build());
            rows = table.toDataStream(table.sqlQuery(
                "SELECT CAST(EXTRACT(EPOCH FROM window_start) * 1000 AS STRING) || ':' || CAST(COUNT(*) AS STRING)"
                    + " FROM TABLE(TUMBLE(TABLE times, DESCRIPTOR(t), INTERVAL '10' SECOND)) GROUP BY window_start, window_end"))
                .map(row -> (String) row.getField(0)).returns(Types.STRING);
        }
        rows.map(row -> {
            OUT.add(row);
            return row;
        }).returns(Types.STRING).print();
        return flink.executeAsync();
    }

    static void say(String name) {
        System.out.println("seen: " + name + " " + String.join(" ", OUT.stream().sorted().toList()));
        OUT.clear();
    }

    public static void main(String[] arguments) throws Exception {
        for (String api : List.of("DataStream", "SQL")) {
            LEFT.set(Integer.MAX_VALUE);
            start(api, null).getJobExecutionResult().get(2, TimeUnit.MINUTES);
            say(api + " whole");
            LEFT.set(2);
            JobClient first = start(api, null);
            for (int i = 0; OUT.isEmpty(); i++) {
                if (i == 600) throw new IllegalStateException("the first window never came");
                Thread.sleep(100);
            }
            String savepoint = first.stopWithSavepoint(false, arguments[0], SavepointFormatType.CANONICAL).get(2, TimeUnit.MINUTES);
            LEFT.set(Integer.MAX_VALUE);
            start(api, savepoint).getJobExecutionResult().get(2, TimeUnit.MINUTES);
            say(api + " restarted");
        }
        System.exit(0);
    }
}
JAVA
"$engines/flink.sh" java FiresAgain.java "file://$folder/savepoints" >out.log 2>flink.log || tail -n 20 flink.log >&2
sed -n 's/^seen: //p' out.log | tee seen.txt
diff - seen.txt <<'EXPECTED'
DataStream whole 0:1 20000:1 60000:1
DataStream restarted 0:1 0:1 20000:1 60000:1
SQL whole 0:1 20000:1 60000:1
SQL restarted 0:1 20000:1 60000:1
EXPECTED
