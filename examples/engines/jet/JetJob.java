import com.hazelcast.config.Config;
import com.hazelcast.core.*;
import com.hazelcast.function.*;
import com.hazelcast.jet.*;
import com.hazelcast.jet.aggregate.*;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.datamodel.*;
import com.hazelcast.jet.pipeline.*;
import java.util.*;

/** Hazelcast Jet: a pipeline for each question, in an instance of one process, over a source that gives one record at a time. */
public class JetJob {
    static WindowDefinition window(Atlas.Question q) {
        if (q.kind.equals("session")) return WindowDefinition.session(q.ms("gap"));
        return q.has("slide") ? WindowDefinition.sliding(q.ms("size"), q.ms("slide")) : WindowDefinition.tumbling(q.ms("size"));
    }

    static BatchSource<Atlas.Line> source(List<Atlas.Line> records) {
        return SourceBuilder.batch("lines", context -> new ArrayDeque<>(records)).<Atlas.Line>fillBufferFn((left, buffer) -> {
            if (left.isEmpty()) buffer.close();
            else buffer.add(left.poll());
        }).build();
    }

    static void ask(HazelcastInstance jet, Atlas.Question q, Atlas.Rows rows) throws Exception {
        if (q.kind.equals("days")) throw new Atlas.Cannot("windows begin at multiples of their length since 1970 in UTC");
        if (q.kind.endsWith("join")) throw new Atlas.Cannot("a join is of windows or of a table, not of a bound in time");
        if (q.name.equals("missing-time") || q.name.equals("missing-value")) throw new Atlas.Cannot("what gives a time or a value gives a long, which can't be missing");
        if (q.has("restart") || q.has("inputs")) throw new Atlas.Skip("the glue has one source, which nobody can read again");
        var pipeline = Pipeline.create();
        var found = jet.<Object[]>getList("rows");
        var records = List.copyOf(q.records());
        var lines = pipeline.readFrom(source(records)).addTimestamps(Atlas.Line::time, q.ms("delay") + q.ms("lateness"));
        if (q.kind.equals("dedup")) lines.groupingKey(Atlas.Line::tag).filterStateful(q.ms("horizon"), () -> new boolean[1], (seen, r) -> !seen[0] && (seen[0] = true))
            .map(r -> new Object[] {r.time(), r.tag(), r.key(), r.value()}).writeTo(Sinks.list(found));
        else lines.groupingKey(Atlas.Line::key).window(window(q)).aggregate(AggregateOperations.allOf(AggregateOperations.counting(), AggregateOperations.summingLong(Atlas.Line::value)))
            .map(r -> new Object[] {r.start(), r.end(), r.key(), r.result().f0(), r.result().f1()}).writeTo(Sinks.list(found));
        try {
            jet.getJet().newJob(pipeline, new JobConfig()).join();
            found.forEach(rows::row);
        } finally { found.clear(); }
    }

    public static void main(String[] arguments) throws Exception {
        var config = new Config().setProperty("hazelcast.phone.home.enabled", "false").setProperty("hazelcast.logging.type", "none");
        config.getJetConfig().setEnabled(true).setCooperativeThreadCount(1);
        config.getNetworkConfig().setPublicAddress("127.0.0.1").setPort(0).getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
        var jet = Hazelcast.newHazelcastInstance(config);
        Atlas.answer((q, rows) -> ask(jet, q, rows));
    }
}
