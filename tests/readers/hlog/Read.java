import java.io.File;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/** Prints what Java reads: a line for each log, and for each percentile the values one rank below and above. */
class Read {
    static final double[] PERCENTILES = {50.0, 90.0, 99.0, 99.9, 100.0};

    public static void main(String[] paths) throws Exception {
        for (String path : paths) {
            HistogramLogReader reader = new HistogramLogReader(new File(path));
            Histogram log = (Histogram) reader.nextIntervalHistogram();
            StringBuilder line = new StringBuilder();
            line.append(String.format("%d %d %d %s %d %d", log.getTotalCount(), log.getStartTimeStamp(),
                    log.getEndTimeStamp(), log.getTag() == null ? "-" : log.getTag(),
                    log.getTotalCount() == 0 ? 0 : log.getMinValue(), log.getMaxValue()));
            for (double percentile : PERCENTILES) {
                line.append(' ').append(log.getValueAtPercentile(percentile));
            }
            // The neighbours: half a rank off each way is the rank itself, three halves the next.
            double rank = 100.0 / Math.max(1, log.getTotalCount());
            for (double percentile : PERCENTILES) {
                line.append(' ').append(log.getValueAtPercentile(Math.max(0.001, percentile - 1.5 * rank)));
                line.append(' ').append(log.getValueAtPercentile(Math.min(100.0, percentile + 1.5 * rank)));
            }
            System.out.println(line);
            if (reader.nextIntervalHistogram() != null) {
                throw new IllegalStateException(path + " has more than one interval");
            }
        }
    }
}
