// Prints what JavaScript reads: a line for each log.
const { readFileSync } = require("node:fs");
const { HistogramLogReader } = require("hdr-histogram-js");

for (const path of process.argv.slice(2)) {
  const log = new HistogramLogReader(readFileSync(path, "utf8")).nextIntervalHistogram();
  const values = [50.0, 90.0, 99.0, 99.9, 100.0].map((p) => log.getValueAtPercentile(p));
  const least = log.totalCount ? log.minNonZeroValue : 0;
  const tag = log.tag && log.tag !== "NO TAG" ? log.tag : "-";
  console.log(log.totalCount, log.startTimeStampMsec, log.endTimeStampMsec, tag, least, log.maxValue, ...values);
}
