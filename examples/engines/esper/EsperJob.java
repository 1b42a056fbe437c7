import com.espertech.esper.common.client.*;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.compiler.client.*;
import com.espertech.esper.runtime.client.*;
import java.util.*;

/** Esper: a statement for each question, in a runtime whose clock is the largest time so far. */
public class EsperJob {
    static final String SUMS = "key, count(*) as n, sum(value) as s";

    static String epl(Atlas.Question q) {
        if (q.has("slide")) throw new Atlas.Skip("windows that slide by a step are contexts of their own, which overlap");
        if (q.has("restart")) throw new Atlas.Cannot("nothing is kept when the runtime ends");
        if (q.kind.equals("days") && !q.has("offset")) throw new Atlas.Skip("contexts that start by a timetable know zones");
        String left = "R(tag='L')#time(" + q.ms("bound") + " msec)", right = "R(tag='R')#time(" + q.ms("bound") + " msec)";
        return switch (q.kind) {
            case "session" -> "create context K partition by key from R; @name('s') context K select irstream * from R#time_accum(" + q.ms("gap") + " msec)";
            case "dedup" -> "@name('s') select time, tag, key, value from R#firstunique(tag)#time(" + q.ms("horizon") + " msec)";
            case "join", "left-join" -> "@name('s') select l.time as time, r.time as other, l.key as key, l.value as value, r.value as its from " + left + " as l "
                + (q.kind.equals("join") ? "inner" : "left outer") + " join " + right + " as r on l.key = r.key";
            default -> "@name('s') select current_timestamp - " + q.ms("size") + " as begun, " + SUMS + " from R#time_batch(" + q.ms("size") + " msec, " + q.ms("offset") + "L) group by key";
        };
    }

    static Object[] row(Atlas.Question q, EventBean e) {
        if (q.kind.equals("dedup")) return new Object[] {e.get("time"), e.get("tag"), e.get("key"), e.get("value")};
        if (q.kind.endsWith("join")) return new Object[] {e.get("time"), e.get("other"), e.get("key"), e.get("value"), e.get("its")};
        return new Object[] {e.get("begun"), (long) e.get("begun") + q.ms("size"), e.get("key"), e.get("n"), e.get("s")};
    }

    static void session(EventBean[] all, Atlas.Rows rows) {
        var times = Arrays.stream(all).mapToLong(e -> (long) e.get("time")).summaryStatistics();
        rows.row(times.getMin(), times.getMax(), all[0].get("key"), all.length, Arrays.stream(all).mapToLong(e -> (long) e.get("value")).sum());
    }

    static void ask(Atlas.Question q, Atlas.Rows rows) throws Exception {
        var settings = new Configuration();
        settings.getCommon().addEventType("R", Map.of("time", Long.class, "key", String.class, "value", q.has("bits") ? Integer.class : Long.class, "tag", String.class));
        settings.getRuntime().getThreading().setInternalTimerEnabled(false);
        var runtime = EPRuntimeProvider.getRuntime(q.name, settings);
        long now = q.records().get(0).time() - 86_400_000; // The clock stands before all records.
        runtime.getEventService().advanceTime(now);
        var deployed = runtime.getDeploymentService().deploy(EPCompilerProvider.getCompiler().compile(epl(q), new CompilerArguments(settings)));
        runtime.getDeploymentService().getStatement(deployed.getDeploymentId(), "s").addListener((fresh, gone, s, r) -> {
            if (q.kind.equals("session")) { if (gone != null) Arrays.stream(gone).map(e -> e.get("key")).distinct()
                .forEach(key -> session(Arrays.stream(gone).filter(e -> e.get("key").equals(key)).toArray(EventBean[]::new), rows)); }
            else if (fresh != null) for (var e : fresh) if (q.kind.endsWith("join") || !Objects.equals(e.get(q.kind.equals("dedup") ? "tag" : "n"), 0L)) rows.row(row(q, e));
        });
        for (var r : q.records()) {
            if (r.time() != null && r.time() > now) runtime.getEventService().advanceTimeSpan(now = r.time());
            Object value = r.value() != null && q.has("bits") ? (Object) r.value().intValue() : r.value();
            var event = new HashMap<String, Object>();
            event.put("time", r.time()); event.put("key", r.key()); event.put("value", value); event.put("tag", r.tag());
            runtime.getEventService().sendEventMap(event, "R");
        }
        runtime.destroy();
    }

    public static void main(String[] arguments) throws Exception { Atlas.answer(EsperJob::ask); }
}
