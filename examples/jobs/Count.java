// Emits: how many records there are of each user, after each record. It takes back the row that is no longer true.
import java.io.*;
import java.util.*;

public class Count {
    public static void main(String[] arguments) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in));
        var user = List.of(in.readLine().split(",")).indexOf("user");
        System.out.println("sign,user,n"); // the header of its own rows: ready
        var counts = new HashMap<String, Long>();
        for (String line; (line = in.readLine()) != null; ) {
            var name = line.split(",", -1)[user];
            var n = counts.merge(name, 1L, Long::sum);
            if (n > 1) System.out.println("-1," + name + "," + (n - 1));
            System.out.println("+1," + name + "," + n);
        }
    }
}
