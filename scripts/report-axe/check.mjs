// Looks at reports as a reader does: light, dark, 360 pixels wide, with everything unfolded. Ends with 1 where axe objects,
// where a page is wider than its window, where a page asks for anything beside itself, or where its script fails.
// usage: node check.mjs BROWSER PAGE...
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, ...pages] = process.argv.slice(2);
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
// Colours alone are others in the dark, and a narrow page has the same colours as a wide one.
const looks = [
  { name: "light", width: 1000, colorScheme: "light", options: {} },
  { name: "dark", width: 1000, colorScheme: "dark", options: { runOnly: ["color-contrast"] } },
  { name: "360 px", width: 360, colorScheme: "light", options: { rules: { "color-contrast": { enabled: false } } } },
];
let faults = 0;
const fault = (page, look, text) => {
  faults += 1;
  console.error(`${page}, ${look}: ${text}`);
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function looked(page, look) {
  const context = await browser.newContext({ viewport: { width: look.width, height: 900 }, colorScheme: look.colorScheme });
  const tab = await context.newPage();
  tab.on("console", (message) => fault(page, look.name, `the browser says: ${message.text()}`));
  tab.on("pageerror", (error) => fault(page, look.name, `the script fails: ${error.message}`));
  const own = pathToFileURL(page).href;
  tab.on("request", (request) => {
    if (request.url() !== own && !request.url().startsWith("data:")) fault(page, look.name, `asks for ${request.url()}`);
  });
  await tab.goto(own);
  await tab.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate((options) => globalThis.axe.run(document, { resultTypes: ["violations"], ...options }), look.options);
  for (const { id, help, nodes } of violations) {
    fault(page, look.name, `${id} (${nodes.length}): ${help}: ${nodes[0].html.slice(0, 200)}`);
  }
  const width = await tab.evaluate(() => document.documentElement.scrollWidth);
  if (width > look.width) fault(page, look.name, `is ${width} pixels wide in a window of ${look.width}`);
  if (look.name === "light") await used(tab, (text) => fault(page, "used", text));
  await context.close();
}

// Each value once of those that stand below each other.
const distinct = (cells) => cells.filter((cell, at) => cell !== cells[at - 1]);

// What the script adds, where the page has it.
async function used(tab, wrong) {
  const table = tab.locator("table.plain:has(tbody tr:nth-child(3))").first();
  if (await table.count()) {
    const column = () => table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.cells[0].textContent));
    const before = await column();
    const head = table.locator("thead th button").first();
    await head.click();
    const up = distinct(await column());
    await head.click();
    const after = await column();
    if ([...before].sort().join("\n") !== [...after].sort().join("\n")) wrong("sorting has changed the rows");
    if (up.reverse().join("\n") !== distinct(after).join("\n")) wrong("a second click doesn't turn the order round");
    if (up.length > 1 && up.length !== new Set(before).size) wrong("rows with one value aren't beside each other");
    if ((await table.locator("th[aria-sort=descending]").count()) !== 1) wrong("nothing says how the table is sorted");
  }
  const field = tab.locator(".search input").first();
  if (await field.count()) {
    await field.fill("no row holds this");
    if (!(await tab.locator(".search [role=status]").first().textContent()).startsWith("0 of ")) wrong("searching finds what isn't there");
    await field.fill("");
  }
  for (const chart of await tab.locator("svg.wide[data-tips]").all()) {
    await chart.scrollIntoViewIfNeeded();
    await chart.hover();
    const told = await tab.locator(".tip").textContent();
    if (!told.includes("\n")) wrong(`no value under the pointer: ${await chart.getAttribute("aria-labelledby")}`);
  }
  const figure = tab.locator("figure:has(svg.wide)").first();
  if (await figure.count()) {
    const seen = () => figure.locator("svg.wide").first().getAttribute("viewBox");
    const whole = await seen();
    await figure.focus();
    await tab.keyboard.press("+");
    const larger = await seen();
    await tab.keyboard.press("ArrowRight");
    const moved = await seen();
    await tab.keyboard.press("-");
    if (new Set([whole, larger, moved]).size !== 3) wrong("a picture isn't enlarged or moved by keys");
    if ((await seen()) !== whole) wrong("the key - doesn't make a picture smaller again");
    await tab.keyboard.press("+");
    await tab.keyboard.press("Escape");
    if ((await seen()) !== whole) wrong("Escape doesn't show the whole picture");
    const outline = await figure.evaluate((element) => getComputedStyle(element).outlineStyle);
    if (outline === "none") wrong("nobody sees which picture the keys go to");
  }
  const copy = tab.locator(".copy").first();
  if (await copy.count()) await copy.click();
}

const work = pages.flatMap((page) => looks.map((look) => [page, look]));
const worker = async () => {
  for (let next = work.shift(); next; next = work.shift()) await looked(...next);
};
await Promise.all([worker(), worker(), worker()]);
await browser.close();
console.log(`${pages.length} pages, each light, dark and 360 pixels wide: ${faults} faults`);
process.exit(faults ? 1 : 0);
