import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.flink.api.common.eventtime.BoundedOutOfOrdernessWatermarks;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.functions.sink.legacy.SinkFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Runs each case of a folder through Flink's DataStream API, at parallelism 1 in this JVM, and writes what comes out.
 *
 * <p>A case is NAME.in: a line of settings (name=value, by blanks), then a line a record: time, side, key, value. What
 * comes out goes to NAME.out. The watermark is Flink's own for bounded out-of-orderness, told after each record instead
 * of every 200 ms, so that the answer depends on the input alone.
 */
public class Goldens {
    /** A record, with its place in the input, from 0. */
    public static class Row implements Serializable {
        public long place;
        public long time;
        public String side;
        public String key;
        public long value;

        static Row of(long place, String line) {
            String[] cells = line.split(",", -1);
            Row row = new Row();
            row.place = place;
            row.time = Long.parseLong(cells[0]);
            row.side = cells[1];
            row.key = cells[2];
            row.value = Long.parseLong(cells[3]);
            return row;
        }
    }

    static final TypeInformation<Row> ROW = TypeInformation.of(Row.class);

    /** A case under way. All run in one job, side by side, so what they share in this JVM goes by name. */
    static class Case {
        final List<String> lines = Collections.synchronizedList(new ArrayList<>());
        /** Records and watermarks that were sent to a join, and that it has taken. */
        final AtomicLong sent = new AtomicLong();
        final AtomicLong taken = new AtomicLong();
    }

    static final Map<String, Case> CASES = new ConcurrentHashMap<>();

    /** Flink's watermark for bounded out-of-orderness, after each record. */
    static class EachRecord extends BoundedOutOfOrdernessWatermarks<Row> {
        private final String name;
        private long told = Long.MIN_VALUE;

        EachRecord(String name, long delayMs) {
            super(Duration.ofMillis(delayMs));
            this.name = name;
        }

        @Override
        public void onEvent(Row row, long time, WatermarkOutput output) {
            super.onEvent(row, time, output);
            super.onPeriodicEmit(new WatermarkOutput() {
                @Override
                public void emitWatermark(Watermark watermark) {
                    if (watermark.getTimestamp() > told) {
                        told = watermark.getTimestamp();
                        CASES.get(name).sent.incrementAndGet();
                        output.emitWatermark(watermark);
                    }
                }

                @Override
                public void markIdle() {}

                @Override
                public void markActive() {}
            });
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {}
    }

    static WatermarkStrategy<Row> watermarks(String name, Map<String, String> set) {
        long delayMs = Long.parseLong(set.get("delay"));
        return WatermarkStrategy.<Row>forGenerator(context -> new EachRecord(name, delayMs))
            .withTimestampAssigner((row, time) -> row.time);
    }

    /** The records, one by one; with {@code inStep}, each when the join has taken all before it. */
    static class Source implements SourceFunction<Row> {
        private final String name;
        private final ArrayList<Row> rows;
        private final boolean inStep;

        Source(String name, List<Row> rows, boolean inStep) {
            this.name = name;
            this.rows = new ArrayList<>(rows);
            this.inStep = inStep;
        }

        @Override
        public void run(SourceContext<Row> context) throws Exception {
            for (Row row : rows) {
                if (inStep) {
                    CASES.get(name).sent.incrementAndGet();
                }
                context.collect(row);
                while (inStep && CASES.get(name).taken.get() < CASES.get(name).sent.get()) {
                    Thread.sleep(1);
                }
            }
        }

        @Override
        public void cancel() {}
    }

    /** The operator of an interval join, which tells when it has taken something. */
    static class InStep extends IntervalJoinOperator<String, Row, Row, String> {
        /** Of a clock for both sides each side tells the same, so only one of them is counted. */
        private final boolean isOneClock;
        private final String name;

        InStep(String name, long upper, OutputTag<Row> left, OutputTag<Row> right, boolean isOneClock) {
            super(0, upper, true, true, left, right, ROW.createSerializer(new SerializerConfigImpl()),
                ROW.createSerializer(new SerializerConfigImpl()), new Pairs());
            this.name = name;
            this.isOneClock = isOneClock;
        }

        @Override
        public void processElement1(StreamRecord<Row> record) throws Exception {
            super.processElement1(record);
            CASES.get(name).taken.incrementAndGet();
        }

        @Override
        public void processElement2(StreamRecord<Row> record) throws Exception {
            super.processElement2(record);
            CASES.get(name).taken.incrementAndGet();
        }

        @Override
        public void processWatermark(org.apache.flink.streaming.api.watermark.Watermark mark) throws Exception {
            super.processWatermark(mark);
            // Of one clock both inputs bring the same, and the operator's moves with the second of them.
            if (isOneClock) {
                CASES.get(name).taken.incrementAndGet();
            }
        }

        @Override
        public void processWatermark1(org.apache.flink.streaming.api.watermark.Watermark mark) throws Exception {
            super.processWatermark1(mark);
            if (!isOneClock) {
                CASES.get(name).taken.incrementAndGet();
            }
        }

        @Override
        public void processWatermark2(org.apache.flink.streaming.api.watermark.Watermark mark) throws Exception {
            super.processWatermark2(mark);
            if (!isOneClock) {
                CASES.get(name).taken.incrementAndGet();
            }
        }
    }

    static class Pairs extends ProcessJoinFunction<Row, Row, String> {
        @Override
        public void processElement(Row left, Row right, Context context, Collector<String> out) {
            out.collect("pair," + (Math.max(left.place, right.place) + 1) + "," + left.key + "," + left.time + "," + left.value
                + "," + right.time + "," + right.value);
        }
    }

    /** Count, sum, least and greatest of a window each time that it fires. */
    static class Firing extends ProcessWindowFunction<Row, String, String, TimeWindow> {
        @Override
        public void process(String key, Context context, Iterable<Row> rows, Collector<String> out) {
            long count = 0;
            long least = Long.MAX_VALUE;
            long greatest = Long.MIN_VALUE;
            java.math.BigInteger sum = java.math.BigInteger.ZERO;
            for (Row row : rows) {
                count += 1;
                sum = sum.add(java.math.BigInteger.valueOf(row.value));
                least = Math.min(least, row.value);
                greatest = Math.max(greatest, row.value);
            }
            TimeWindow window = context.window();
            out.collect("fired," + context.currentWatermark() + "," + window.getStart() + "," + window.getEnd() + "," + key
                + "," + count + "," + sum + "," + least + "," + greatest);
        }
    }

    static class Sink implements SinkFunction<String> {
        private final String name;

        Sink(String name) {
            this.name = name;
        }

        @Override
        public void invoke(String line, Context context) {
            CASES.get(name).lines.add(line);
        }
    }

    static class LateSink implements SinkFunction<Row> {
        private final String name;

        LateSink(String name) {
            this.name = name;
        }

        @Override
        public void invoke(Row row, Context context) {
            CASES.get(name).lines.add("late," + row.place);
        }
    }

    static class ByKey implements KeySelector<Row, String> {
        @Override
        public String getKey(Row row) {
            return row.key;
        }
    }

    static WindowAssigner<Object, TimeWindow> assigner(String window) {
        String[] parts = window.split(":");
        Duration size = Duration.ofMillis(Long.parseLong(parts[1]));
        switch (parts[0]) {
            case "tumbling":
                return TumblingEventTimeWindows.of(size);
            case "sliding":
                return SlidingEventTimeWindows.of(size, Duration.ofMillis(Long.parseLong(parts[2])));
            case "session":
                @SuppressWarnings({"unchecked", "rawtypes"})
                WindowAssigner<Object, TimeWindow> sessions = (WindowAssigner) EventTimeSessionWindows.withGap(size);
                return sessions;
            default:
                throw new IllegalArgumentException(window);
        }
    }

    static void windows(StreamExecutionEnvironment env, String name, List<Row> rows, Map<String, String> set) {
        OutputTag<Row> late = new OutputTag<>("late", ROW);
        SingleOutputStreamOperator<String> fired = env.addSource(new Source(name, rows, false), ROW)
            .assignTimestampsAndWatermarks(watermarks(name, set))
            .keyBy(new ByKey())
            .window(assigner(set.get("window")))
            .allowedLateness(Duration.ofMillis(Long.parseLong(set.getOrDefault("lateness", "0"))))
            .sideOutputLateData(late)
            .process(new Firing(), Types.STRING);
        fired.addSink(new Sink(name));
        fired.getSideOutput(late).addSink(new LateSink(name));
    }

    static void join(StreamExecutionEnvironment env, String name, List<Row> rows, Map<String, String> set) {
        WatermarkStrategy<Row> watermarks = watermarks(name, set);
        boolean isOneClock = set.get("watermark-policy").equals("max");
        DataStream<Row> both = env.addSource(new Source(name, rows, true), ROW);
        if (isOneClock) {
            both = both.assignTimestampsAndWatermarks(watermarks);
        }
        DataStream<Row> left = both.filter(row -> row.side.equals("left"));
        DataStream<Row> right = both.filter(row -> row.side.equals("right"));
        if (!isOneClock) {
            left = left.assignTimestampsAndWatermarks(watermarks);
            right = right.assignTimestampsAndWatermarks(watermarks);
        }
        OutputTag<Row> lateLeft = new OutputTag<>("late left", ROW);
        OutputTag<Row> lateRight = new OutputTag<>("late right", ROW);
        // What KeyedStream.intervalJoin makes, but for telling when it has taken something.
        SingleOutputStreamOperator<String> pairs = left.keyBy(new ByKey()).connect(right.keyBy(new ByKey()))
            .transform("interval join", Types.STRING,
                new InStep(name, Long.parseLong(set.get("within")), lateLeft, lateRight, isOneClock));
        pairs.addSink(new Sink(name));
        pairs.getSideOutput(lateLeft).addSink(new LateSink(name));
        pairs.getSideOutput(lateRight).addSink(new LateSink(name));
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        List<Path> cases = new ArrayList<>();
        try (var files = Files.list(folder)) {
            files.filter(file -> file.toString().endsWith(".in")).sorted().forEach(cases::add);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.setBufferTimeout(0);
        for (Path file : cases) {
            List<String> lines = Files.readAllLines(file);
            Map<String, String> set = new HashMap<>();
            for (String pair : lines.get(0).split(" ")) {
                set.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
            }
            List<Row> rows = new ArrayList<>();
            for (String line : lines.subList(1, lines.size())) {
                rows.add(Row.of(rows.size(), line));
            }
            String name = file.getFileName().toString().replace(".in", "");
            CASES.put(name, new Case());
            if (set.containsKey("within")) {
                join(env, name, rows, set);
            } else {
                windows(env, name, rows, set);
            }
        }
        env.execute();
        for (Map.Entry<String, Case> entry : CASES.entrySet()) {
            Files.write(folder.resolve(entry.getKey() + ".out"), entry.getValue().lines);
        }
    }
}
