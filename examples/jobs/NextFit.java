// Replies: next fit, a bin for each size.
import java.io.*;

public class NextFit {
    public static void main(String[] arguments) throws IOException {
        var capacity = Long.parseLong(System.getenv("COUNTERPOINT_PARAMETER_CAPACITY"));
        var room = capacity;
        var bin = 0;
        var in = new BufferedReader(new InputStreamReader(System.in));
        System.out.println(in.readLine()); // the header, sent back: ready
        for (String line; (line = in.readLine()) != null; ) {
            var size = Long.parseLong(line);
            if (size > room) {
                bin++;
                room = capacity;
            }
            room -= size;
            System.out.println(bin);
        }
    }
}
