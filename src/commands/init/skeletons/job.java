// A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

class Job {
    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        int column = fields(in.readLine()).indexOf("@KEY@");
        out.println(quoted("@KEY@") + ",n"); // the header of its own rows: ready
        var counts = new LinkedHashMap<String, Integer>();
        for (String line; (line = in.readLine()) != null; ) {
            counts.merge(fields(line).get(column), 1, Integer::sum);
        }
        counts.forEach((key, n) -> out.println(quoted(key) + "," + n)); // a row may come at any time
    }

    static List<String> fields(String line) {
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        boolean isQuoted = false;
        for (char c : (line + ",").toCharArray()) {
            if (c == ',' && !isQuoted) {
                var text = field.toString();
                fields.add(text.startsWith("\"") ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text);
                field.setLength(0);
            } else {
                isQuoted ^= c == '"';
                field.append(c);
            }
        }
        return fields;
    }

    static String quoted(String text) {
        return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }
}
