import io.siddhi.core.*;
import io.siddhi.core.event.Event;
import io.siddhi.core.stream.output.StreamCallback;
import io.siddhi.core.util.persistence.InMemoryPersistenceStore;
import java.util.*;

/** Siddhi: an app for each question, in playback: its clock is the events' time. */
public class SiddhiJob {
    static String query(Atlas.Question q) {
        var sums = " select max(time) as last, key, count() as n, sum(value) as s group by key insert into Out;";
        if (q.has("slide") || q.kind.equals("dedup")) throw new Atlas.Skip("hopping windows and deduplication are extensions");
        if (q.kind.equals("days") && !q.has("offset")) throw new Atlas.Skip("days of a zone are for aggregations by granularity");
        String window = "]#window.time(" + q.ms("bound") + ")";
        return switch (q.kind) {
            case "session" -> "from R#window.session(" + q.ms("gap") + " milliseconds, key) select time as last, key, 1L as n, value as s insert expired events into Out;";
            case "join", "left-join" -> "from R[tag == 'L'" + window + " as l " + (q.kind.equals("join") ? "" : "left outer ") + "join R[tag == 'R'" + window
                + " as r on l.key == r.key select l.time as a, r.time as b, l.key as key, l.value as c, r.value as d insert into Out;";
            default -> "from R#window.externalTimeBatch(time, " + q.ms("size") + ", " + (q.ms("offset")) + "L)" + sums;
        };
    }

    static void emit(Atlas.Question q, Event[] events, Atlas.Rows rows) {
        if (q.kind.endsWith("join")) for (var e : events) rows.row(e.getData());
        else if (q.kind.equals("session")) for (var key : Arrays.stream(events).map(e -> e.getData(1)).distinct().toList()) {
            var of = Arrays.stream(events).filter(e -> Objects.equals(e.getData(1), key)).toList();
            var times = of.stream().mapToLong(e -> (long) e.getData(0)).summaryStatistics();
            rows.row(times.getMin(), times.getMax(), key, of.size(), of.stream().mapToLong(e -> (long) e.getData(3)).sum());
        } else for (var e : events) {
            long size = q.ms("size"), start = Math.floorDiv((long) e.getData(0) - q.ms("offset"), size) * size + q.ms("offset");
            rows.row(start, start + size, e.getData(1), e.getData(2), e.getData(3));
        }
    }

    static SiddhiAppRuntime start(SiddhiManager manager, Atlas.Question q, Atlas.Rows rows) {
        var app = "@app:name('A') @app:playback define stream R (time long, key string, value " + (q.has("bits") ? "int" : "long") + ", tag string); ";
        var runtime = manager.createSiddhiAppRuntime(app + query(q));
        runtime.addCallback("Out", new StreamCallback() { public void receive(Event[] events) { emit(q, events, rows); } });
        runtime.start();
        return runtime;
    }

    static void ask(Atlas.Question q, Atlas.Rows rows) throws Exception {
        var manager = new SiddhiManager();
        manager.setPersistenceStore(new InMemoryPersistenceStore());
        var runtime = start(manager, q, rows);
        long n = 0, now = 0;
        for (var r : q.records()) {
            Object value = r.value() != null && q.has("bits") ? (Object) r.value().intValue() : r.value();
            if (q.has("restart") && n++ == q.ms("restart")) {
                runtime.persist().getFuture().get(); runtime.shutdown();
                (runtime = start(manager, q, rows)).restoreLastRevision();
            }
            now = r.time() == null ? now : r.time();
            runtime.getInputHandler("R").send(now, new Object[] {r.time(), r.key(), value, r.tag()});
        }
        manager.shutdown();
    }

    public static void main(String[] arguments) throws Exception { Atlas.answer(SiddhiJob::ask); }
}
