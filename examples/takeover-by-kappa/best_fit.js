// Best fit: each item goes into the fullest bin that has room for it.
const capacity = Number(process.env.COUNTERPOINT_PARAMETER_CAPACITY);
const rooms = []; // by bin, what is left in it
let isReady = false;
require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (!isReady) {
      isReady = true;
      console.log(line); // the header, sent back: ready
      return;
    }
    const size = Number(line);
    let best = rooms.length;
    rooms.forEach((room, bin) => {
      if (room >= size && (best === rooms.length || room < rooms[best])) best = bin;
    });
    rooms[best] = (rooms[best] ?? capacity) - size;
    console.log(best);
  });
