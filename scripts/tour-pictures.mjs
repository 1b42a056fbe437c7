// usage: node tour-pictures.mjs TOOLS BROWSER WORK TO
// Cuts what the file WORK/pictures names out of the pages in WORK: a line each with the page's name, a tab, and a selector.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [tools, executablePath, work, to] = process.argv.slice(2);
const { chromium } = createRequire(`${tools}/`)("playwright-core");
const MARGIN = 12;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 800, height: 600 }, colorScheme: "light" });
for (const line of readFileSync(`${work}/pictures`, "utf8").trim().split("\n")) {
  const [name, selector] = line.split("\t");
  await page.goto(`file://${work}/${name}.html`);
  const part = page.locator(selector).first();
  // Its neighbours keep away, and what only a pointer can use is left out.
  await part.evaluate((element, margin) => {
    element.closest("details")?.setAttribute("open", "");
    for (const button of document.querySelectorAll("button")) button.style.display = "none";
    element.style.margin = `${2 * margin}px 0`;
  }, MARGIN);
  const box = await part.boundingBox();
  if (!box) throw new Error(`${name}: nothing is shown at ${selector}`);
  const clip = { x: Math.max(0, box.x - MARGIN), y: Math.max(0, box.y - MARGIN), width: box.width + 2 * MARGIN, height: box.height + 2 * MARGIN };
  await page.screenshot({ path: `${to}/${name}.png`, clip, fullPage: true });
}
await browser.close();
