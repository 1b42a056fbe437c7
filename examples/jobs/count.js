// Emits: how many records there are of each user. Its input and output are JSON lines.
const counts = new Map();
let columns;
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  if (columns === undefined) {
    columns = JSON.parse(line).columns;
    return console.log(JSON.stringify({ columns: ["user", "n"] })); // those of its own rows: ready
  }
  const { user } = JSON.parse(line).record;
  counts.set(user, (counts.get(user) ?? 0) + 1);
}).on("close", () => counts.forEach((n, user) => console.log(JSON.stringify({ user, n }))));
