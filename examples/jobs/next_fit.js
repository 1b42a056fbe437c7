// Replies: next fit, a bin for each size.
const capacity = Number(process.env.COUNTERPOINT_PARAMETER_CAPACITY);
let bin = 0, room = capacity, header;
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  if (header === undefined) return console.log((header = line)); // sent back: ready
  const size = Number(line);
  if (size > room) [bin, room] = [bin + 1, capacity];
  room -= size;
  console.log(bin);
});
