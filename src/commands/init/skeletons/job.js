// A streaming job: reads records from stdin, writes rows to stdout. It counts the records of each @KEY@: put your own here.
const lines = require("readline").createInterface({ input: process.stdin });
const fields = (line) =>
  [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, "").replaceAll('""', '"'));
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const counts = new Map();
let column = -1;
lines.on("line", (line) => {
  if (column < 0) {
    column = fields(line).indexOf("@KEY@");
    console.log(`${quoted("@KEY@")},n`); // the header of its own rows: ready
    return;
  }
  const key = fields(line)[column];
  counts.set(key, (counts.get(key) ?? 0) + 1);
});
lines.on("close", () => counts.forEach((n, key) => console.log(`${quoted(key)},${n}`))); // a row may come at any time
