#!/usr/bin/env bash
# Flink 2.3.0: an interval join loses a pair of which neither record is late, and says so nowhere.
#
# A record whose time is exactly the watermark isn't late for KeyedStream.intervalJoin: it is below the watermark that a
# record is dropped, and it is then in the late side output. But what is stored is cleaned up as soon as the watermark
# *reaches* the end of its interval. So a record at the watermark is taken, and the partner whose interval ends there has
# just been forgotten: no pair, nothing in a late side output, no metric.
#
# Input, key and time, right after left by 0 to 5 ms, watermark = largest time - 1:
#   left a 14, left a 15, left b 20 (the watermark is 19 now), right a 19
# One guesses the pairs (14, 19) and (15, 19), or, if what is at the watermark is late, none and `late 19`.
# Seen: `pair 15 19` alone.
#
# Needs Python 3 with pip, Java 17 with javac; takes 330 MB of download. Exits 0 if it is as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --no-deps --target jars apache-flink-libraries==2.3.0
cat >Join.java <<'JAVA'
import java.time.Duration;
import org.apache.flink.api.common.eventtime.*;
import org.apache.flink.api.common.typeinfo.*;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.*;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.util.*;

public class Join {
    static final TypeInformation<Tuple3<String, String, Long>> ROW = Types.TUPLE(Types.STRING, Types.STRING, Types.LONG);

    /** The records, with a pause after each, so that each is joined before the next comes. */
    public static class Source implements SourceFunction<Tuple3<String, String, Long>> {
        @Override
        public void run(SourceContext<Tuple3<String, String, Long>> context) throws Exception {
            for (String row : "left a 14,left a 15,left b 20,right a 19".split(",")) {
                String[] cells = row.split(" ");
                context.collect(Tuple3.of(cells[0], cells[1], Long.parseLong(cells[2])));
                Thread.sleep(3000);
            }
        }

        @Override
        public void cancel() {}
    }

    /** Flink's watermark for bounded out-of-orderness, told after each record. */
    public static class EachRecord extends BoundedOutOfOrdernessWatermarks<Tuple3<String, String, Long>> {
        public EachRecord() {
            super(Duration.ZERO);
        }

        @Override
        public void onEvent(Tuple3<String, String, Long> row, long time, WatermarkOutput output) {
            super.onEvent(row, time, output);
            super.onPeriodicEmit(output);
        }
    }

    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.setBufferTimeout(0);
        DataStream<Tuple3<String, String, Long>> rows = env.addSource(new Source(), ROW).assignTimestampsAndWatermarks(
            WatermarkStrategy.<Tuple3<String, String, Long>>forGenerator(context -> new EachRecord())
                .withTimestampAssigner((row, time) -> row.f2));
        OutputTag<Tuple3<String, String, Long>> lateLeft = new OutputTag<>("left", ROW);
        OutputTag<Tuple3<String, String, Long>> lateRight = new OutputTag<>("right", ROW);
        SingleOutputStreamOperator<String> pairs = rows.filter(row -> row.f0.equals("left")).keyBy(row -> row.f1)
            .intervalJoin(rows.filter(row -> row.f0.equals("right")).keyBy(row -> row.f1))
            .between(Duration.ZERO, Duration.ofMillis(5))
            .sideOutputLeftLateData(lateLeft)
            .sideOutputRightLateData(lateRight)
            .process(new ProcessJoinFunction<Tuple3<String, String, Long>, Tuple3<String, String, Long>, String>() {
                @Override
                public void processElement(Tuple3<String, String, Long> left, Tuple3<String, String, Long> right, Context context,
                    Collector<String> out) {
                    out.collect("pair " + left.f2 + " " + right.f2);
                }
            }, Types.STRING);
        pairs.print();
        pairs.getSideOutput(lateLeft).map(row -> "late " + row.f2).returns(Types.STRING).print();
        pairs.getSideOutput(lateRight).map(row -> "late " + row.f2).returns(Types.STRING).print();
        env.execute();
    }
}
JAVA
jars=$(printf '%s:' jars/pyflink/lib/*.jar)
javac -nowarn -cp "$jars" -d . Join.java 2>/dev/null
printf 'rootLogger.level = OFF\n' >log.properties
seen=$(java --add-opens java.base/java.util=ALL-UNNAMED --add-opens java.base/java.lang=ALL-UNNAMED \
    -Dlog4j.configurationFile=log.properties -cp ".:$jars" Join | grep -E '^(pair|late) ' | sort)
echo "$seen"
[ "$seen" = "pair 15 19" ]
