// Sums up payments by customer: number, mean, and a point for each unit of the largest payment, rounded.
const customers = new Map();
let names;
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const cells = line.split(",");
  if (names === undefined) {
    names = cells;
    return console.log("customer,n,mean,points");
  }
  const [customer, amount] = [cells[names.indexOf("customer")], Number(cells[names.indexOf("amount")])];
  const { n, sum, largest } = customers.get(customer) ?? { n: 0, sum: 0, largest: 0 };
  customers.set(customer, { n: n + 1, sum: sum + amount, largest: Math.max(largest, amount) });
}).on("close", () => {
  for (const [customer, { n, sum, largest }] of customers) {
    console.log(`${customer},${n},${sum / n},${Math.round(largest)}`);
  }
});
