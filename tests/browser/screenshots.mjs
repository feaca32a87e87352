/* SPDX-License-Identifier: MIT */
/*
 * screenshots.mjs - pictures of reports. Usage: node screenshots.mjs FOLDER [REPORT.html ...]
 *
 * Of every report: the first screen in light, the flame graph in dark, the heat map with a part
 * selected, and the whole page, as FOLDER/NAME-*.png.
 */
import { basename, join, resolve } from "node:path";

import { Browser, frames } from "./browser.mjs";
import { Flame } from "./flame.mjs";

const SIZE = { width: 1280, height: 800 };

/* The part of the page that a link to the element leads to. */
async function shoot(page, selector, path) {
	await page.locator(selector).evaluate((element) => element.scrollIntoView());
	await frames(page, 4);
	await page.screenshot({ path });
	console.log(path);
}

async function flameGraph(browser, path) {
	const page = await browser.open({ dark: true, size: SIZE });
	const flame = new Flame(page);

	await shoot(page, "#flame", path);
	/* With the tooltip of a box. */
	await flame.hover(3, 0.15);
	await page.screenshot({ path: path.replace(".png", "-tip.png") });
}

/* With what was born in the last third of the run and is old, and the sites of it below. */
async function heatMap(browser, path) {
	const page = await browser.open({ size: { ...SIZE, height: 1200 } });

	await page.locator("#generations h3").last().evaluate((element) => element.scrollIntoView());
	const plot = await page.locator("#lexis .pick-surface").boundingBox();
	const at = (x, y) => [plot.x + plot.width * x, plot.y + plot.height * y];

	await page.mouse.move(...at(0.67, 0.02));
	await page.mouse.down();
	await page.mouse.move(...at(0.99, 0.6), { steps: 5 });
	await page.mouse.up();
	await frames(page, 4);
	await page.screenshot({ path });
	console.log(path);
}

const [folder, ...reports] = process.argv.slice(2);

for (const report of reports) {
	const browser = new Browser(resolve(report));
	const picture = (what) => join(folder, `${basename(report, ".html")}-${what}.png`);
	const page = await browser.open({ size: SIZE });

	await shoot(page, "body", picture("first"));
	await page.screenshot({ path: picture("whole"), fullPage: true });
	await flameGraph(browser, picture("flame"));
	await heatMap(browser, picture("lexis"));
	await browser.stop();
}
