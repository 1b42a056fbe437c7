import java.io.*;
import java.util.*;

/** Reads questions on stdin, has an engine's glue answer each, and writes its rows on stdout: README.md has the protocol. */
public class Atlas {
    /** The engine has no words for what is asked. */
    public static class Cannot extends RuntimeException {
        public Cannot(String why) { super(why); }
    }

    /** The engine may have words for it, but this glue hasn't. */
    public static class Skip extends RuntimeException {
        public Skip(String why) { super(why); }
    }

    /** A record; what is missing is null. */
    public record Line(Long time, String key, Long value, String tag) implements Serializable {
        static Line of(String line) {
            var fields = line.split(",", -1);
            for (int i = 0; i < 4; i++) if (fields[i].isEmpty()) fields[i] = null;
            return new Line(number(fields[0]), fields[1], number(fields[2]), fields[3]);
        }

        static Long number(String text) { return text == null ? null : Long.valueOf(text); }
    }

    /** What is asked. */
    public static class Question {
        public String name, kind;
        public final Map<String, String> parameters = new HashMap<>();
        public final List<List<Line>> batches = new ArrayList<>(List.of(new ArrayList<>()));

        public boolean has(String name) { return parameters.containsKey(name); }

        public long ms(String name) { return Long.parseLong(parameters.getOrDefault(name, "0")); }

        public List<Line> records() { return batches.stream().flatMap(List::stream).toList(); }
    }

    /** A count and a sum as a text, `2,17`, with one value more; `0,0` at first. A value that is missing is counted, and not added. */
    public static String add(String all, Long value) { return merge(all, "1," + (value == null ? 0 : value)); }

    /** Both together. A sum past 64 bits wraps, as Java's do. */
    public static String merge(String one, String other) {
        String[] a = one.split(","), b = other.split(",");
        return Long.parseLong(a[0]) + Long.parseLong(b[0]) + "," + (Long.parseLong(a[1]) + Long.parseLong(b[1]));
    }

    /** Takes a row's fields. */
    public interface Rows { void row(Object... fields); }

    /** Answers one question. */
    public interface Glue { void answer(Question question, Rows rows) throws Exception; }

    /** Answers all questions, and ends the process. */
    public static void answer(Glue glue) throws IOException {
        var out = System.out;
        System.setOut(System.err); // What an engine prints by itself is no row.
        for (var question : questions()) {
            out.println("? " + question.name);
            try {
                glue.answer(question, fields -> out.println(row(fields)));
            } catch (Cannot | Skip why) {
                out.println(why.getClass().getSimpleName().toLowerCase() + ": " + why.getMessage());
            } catch (Throwable error) { // What an engine throws is its answer.
                Throwable cause = error;
                while (cause.getCause() != null) cause = cause.getCause();
                var message = String.valueOf(cause.getMessage()).strip().lines().findFirst().orElse("-");
                out.println("fails: " + cause.getClass().getSimpleName() + ": " + message.substring(0, Math.min(200, message.length())));
            }
            out.println(".");
            out.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    static String row(Object... fields) {
        var row = new StringJoiner(",");
        for (var field : fields) row.add(field == null ? "" : field.toString());
        return row.toString();
    }

    static List<Question> questions() throws IOException {
        var asked = new ArrayList<Question>();
        var in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            var last = asked.isEmpty() ? null : asked.get(asked.size() - 1);
            if (line.startsWith("? ")) {
                var words = line.split(" ");
                var question = new Question();
                question.name = words[1];
                for (int i = 2; i < words.length; i++) question.parameters.put(words[i].split("=")[0], words[i].split("=")[1]);
                question.kind = question.parameters.get("kind");
                asked.add(question);
            } else if (line.equals("-")) {
                last.batches.add(new ArrayList<>());
            } else {
                last.batches.get(last.batches.size() - 1).add(Line.of(line));
            }
        }
        return asked;
    }
}
