/* SPDX-License-Identifier: MIT */
/*
 * views.mjs - all but the flame graph: sections, memory, heat map, maps of addresses, tables, theme.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { eventually, frames, includes, plain } from "../browser.mjs";

/* Every link of the navigation brings its section into sight. */
export async function sections({ browser }) {
	const page = await browser.open();

	assert.ok(await page.locator("#views a[href='#flame']").isVisible(),
		"a link to the flame graph, now that there is one");
	await followLinks(page, 6);
}

export async function followLinks(page, least) {
	const links = page.locator("#views a[href^='#']");
	const count = await links.count();

	assert.ok(count >= least, `${count} links`);
	for (let i = 0; i < count; i++) {
		const target = (await links.nth(i).getAttribute("href")).slice(1);

		await links.nth(i).click();
		await eventually(async () => assert.ok(await page.evaluate((id) => {
			const { top, bottom, height } = document.getElementById(id).getBoundingClientRect();

			return height > 0 && bottom > 0 && top < innerHeight;
		}, target), `${target} is in sight`));
	}
}

/* With uPlot where it was built in, else the drawing that is there without scripts. */
export async function memory({ browser }) {
	const page = await browser.open();
	const figure = page.locator("#memory");
	const chart = await page.evaluate(() => typeof window.uPlot === "function");

	console.log(`NOTE charts are ${chart ? "uPlot's" : "still pictures"}`);
	assert.equal(await figure.locator("svg").first().isVisible(), !chart);
	assert.equal(await figure.locator(".uplot canvas").count(), chart ? 1 : 0);
	if (!chart)
		return;
	await figure.locator(".u-over").scrollIntoViewIfNeeded();
	const { x, y, width, height } = await figure.locator(".u-over").boundingBox();
	const legend = async () => plain(await figure.locator(".u-legend").innerText());

	await page.mouse.move(x + width * 0.7, y + height / 2);
	await eventually(async () => assert.match(await legend(), /[\d.]+ ([KMG]i)?B/));
	await page.mouse.move(x + width * 0.2, y + height / 2);
	await page.mouse.down();
	await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 4 });
	await page.mouse.up();
	await frames(page);
	await page.mouse.dblclick(x + width / 2, y + height / 2);
	await page.setViewportSize({ width: 700, height: 800 });
	await frames(page, 4);
	assert.ok((await figure.locator(".uplot canvas").boundingBox()).width <= 700, "as wide as the window");
}

/* As built where npm brought nothing: uPlot's script is not in the page. */
export async function memory_alone({ browser, path }) {
	const bare = `${path}.alone.html`;
	const scripts = /<script>.*?<\/script>/gs;
	const text = readFileSync(path, "utf8");

	writeFileSync(bare, text.replace(scripts, (script) => (/var uPlot=/.test(script) ? "" : script)));
	browser.url = pathToFileURL(bare).href;
	const page = await browser.open();

	assert.equal(await page.evaluate(() => typeof window.uPlot), "undefined");
	assert.ok(await page.locator("#memory svg").first().isVisible(), "the drawing stays");
	assert.ok(await page.locator("#flame-view canvas").first().isVisible(), "and all else");
}

async function plotOf(page) {
	await page.locator("#lexis svg").scrollIntoViewIfNeeded();
	return page.locator("#lexis svg").evaluate((svg) => {
		const { x0, y0, w, h } = svg.dataset;
		const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM());
		const from = at(Number(x0), Number(y0)), to = at(Number(x0) + Number(w), Number(y0) + Number(h));

		return { x: from.x, y: from.y, width: to.x - from.x, height: to.y - from.y };
	});
}

const picked = (page) => page.getByRole("table", { name: "Sites of the selected blocks" });

/* With the mouse; where the blocks lie in the map depends on how fast the program ran. */
async function pickAll(page) {
	const { x, y, width, height } = await plotOf(page);

	await page.mouse.move(x + 1, y + 1);
	await page.mouse.down();
	await page.mouse.move(x + width / 2, y + height / 2, { steps: 5 });
	await page.mouse.move(x + width - 2, y + height - 2, { steps: 5 });
	await page.mouse.up();
	await frames(page);
}

/* A region of the heat map is selected with the mouse, and its sites are listed. */
export async function lexis_mouse({ browser, facts }) {
	const page = await browser.open();

	await pickAll(page);
	const rows = picked(page).locator("tbody tr");

	assert.ok(await rows.count() > 0, "sites of all that ever was");
	if (facts) {
		/* All blocks are in the map: the sum is that of the run. */
		const numbers = await rows.evaluateAll((all) => all.map((row) =>
			Number(row.cells[3].dataset.v ?? row.cells[3].textContent.replaceAll(",", ""))));

		const { allocations } = facts.run;
		const blocks = numbers.some(Number.isNaN) ? NaN : await page.evaluate(() =>
			Number((document.querySelector(".pick-line").textContent.match(/([\d,]+) blocks/) || ["", "0"])[1]
				.replaceAll(",", "")));

		assert.ok(blocks > 0 && blocks <= allocations, `${blocks} blocks of ${allocations}`);
	}
	await page.waitForFunction(() => /births=0-\d+&ages=0-\d+/.test(location.hash));
	const hash = await page.evaluate(() => location.hash);
	const text = plain(await picked(page).innerText());

	await page.reload();
	await eventually(async () => assert.equal(plain(await picked(page).innerText()), text));
	const other = await browser.open({ fragment: hash });

	await eventually(async () => assert.equal(plain(await picked(other).innerText()), text));
}

export async function lexis_keyboard({ browser }) {
	const page = await browser.open();
	const surface = page.locator("#lexis").getByRole("application");

	await surface.focus();
	for (const key of ["ArrowRight", "ArrowLeft", "Shift+ArrowUp", "Shift+ArrowRight"])
		await page.keyboard.press(key);
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press("Shift+ArrowRight");
		await page.keyboard.press("Shift+ArrowUp");
	}
	await page.keyboard.press("Enter");
	await frames(page);
	assert.ok(await picked(page).locator("tbody tr").count() > 0, "sites");
	await page.keyboard.press("Escape");
	await frames(page);
	assert.equal(await picked(page).count(), 0, "Escape clears");
}

/* What is selected tells the way to each site: its card, or its stack where it stands. */
export async function lexis_sites({ browser }) {
	const page = await browser.open();

	await pickAll(page);
	const control = picked(page).locator("a[href^='#site-'], button").first();

	await control.click();
	await frames(page);
	const way = await control.evaluate((element) => element.localName);

	if (way === "a")
		assert.match(await page.evaluate(() => location.hash), /^#site-\d+$/);
	else
		assert.equal(await control.getAttribute("aria-expanded"), "true");
}

export async function maps({ browser }) {
	const page = await browser.open();
	const map = page.locator(".map[data-region]").first();
	const surface = map.getByRole("application");

	await surface.focus();
	const first = plain(await map.innerText());

	includes(first, "0x", "addresses");
	await page.keyboard.press("ArrowRight");
	await frames(page);
	assert.notEqual(plain(await map.innerText()), first, "arrows move");
	await surface.hover({ position: { x: 3, y: 3 } });
	await frames(page);
	assert.match(plain(await map.innerText()), /occupied/);
}

async function column(table, at) {
	return table.locator("tbody").evaluate((body, index) => [...body.rows].filter((row) => !row.hidden)
		.map((row) => row.cells[index].dataset.v ?? row.cells[index].textContent), at);
}

/* Every table by every column, up and down; numbers as numbers. */
export async function sorting({ browser }) {
	const page = await browser.open();
	const tables = page.locator("main table.sortable");

	assert.ok(await tables.count() > 2, "tables");
	await sortTables(tables);
}

export async function sortTables(tables) {
	const count = await tables.count();

	assert.ok(count > 0, "tables");
	for (let i = 0; i < count; i++) {
		const table = tables.nth(i);
		const headers = table.locator("thead th button");
		const rows = await table.locator("tbody tr").count();

		for (let number = 0; number < await headers.count(); number++) {
			const header = table.locator("thead th").nth(number);
			const at = await header.evaluate((cell) => cell.cellIndex);
			const orders = [];

			for (let click = 0; click < 2; click++) {
				await headers.nth(number).click();
				const order = await header.getAttribute("aria-sort");
				const values = await column(table, at);
				const numbers = values.map(Number);

				assert.ok(!numbers.some(Number.isNaN) ||
					!await header.evaluate((cell) => cell.matches(".n")), `table ${i}, column ${at}: no numbers`);
				const sorted = numbers.some(Number.isNaN) ? [...values].sort() :
					[...numbers].sort((a, b) => a - b).map(String);

				if (order === "descending")
					sorted.reverse();
				assert.deepEqual(numbers.some(Number.isNaN) ? values : numbers.map(String), sorted,
					`table ${i}, column ${at}, ${order}`);
				assert.equal(values.length, rows, "rows");
				orders.push(order);
			}
			assert.deepEqual(orders.sort(), ["ascending", "descending"]);
		}
	}
}

export async function filtering({ browser }) {
	const page = await browser.open();
	const table = page.locator("#table-sites");
	const filter = page.locator("#tables").getByLabel("Filter").first();
	const all = await table.locator("tbody tr:visible").count();
	/* A name of some row. */
	const word = plain(await table.locator("tbody tr").last().innerText()).match(/[A-Za-z_]{5,}/)[0];

	await filter.fill(word.toUpperCase());
	await eventually(async () => {
		const texts = await table.locator("tbody tr:visible").allInnerTexts();

		assert.ok(texts.length > 0 && texts.length <= all);
		for (const text of texts)
			assert.ok(text.toLowerCase().includes(word.toLowerCase()), `${word} is in ${text}`);
	});
	await filter.fill("no such thing anywhere");
	await eventually(async () => assert.equal(await table.locator("tbody tr:visible").count(), 0));
	await filter.fill("");
	await eventually(async () => assert.equal(await table.locator("tbody tr:visible").count(), all));
}

export async function table_link({ browser }) {
	const page = await browser.open();
	const table = page.locator("#table-sites");
	const filter = page.locator("#tables").getByLabel("Filter").first();

	await table.locator("thead th button").nth(2).click();
	await filter.fill("a");
	await page.waitForFunction(() => /^#tables\?.*name=sites.*sort=.*filter=a/.test(location.hash));
	const shown = () => table.locator("tbody tr:visible").allInnerTexts();
	const rows = await shown();

	await page.reload();
	await eventually(async () => assert.deepEqual(await shown(), rows));
	const other = await browser.open({ fragment: await page.evaluate(() => location.hash) });

	await eventually(async () => assert.deepEqual(
		await other.locator("#table-sites tbody tr:visible").allInnerTexts(), rows));
	assert.equal(await other.locator("#tables").getByLabel("Filter").first().inputValue(), "a");
}

/* What is copied can be pasted into a spreadsheet: exact numbers, one line a row. */
export async function copying({ browser }) {
	const page = await browser.open({
		prepare: () => {
			window.copied = [];
			const clipboard = { writeText: async (text) => void window.copied.push(text) };

			Object.defineProperty(navigator, "clipboard", { value: clipboard });
		},
	});

	await page.locator("#tables").getByRole("button", { name: /copy/i }).first().click();
	await page.waitForFunction(() => window.copied.length === 1);
	const lines = (await page.evaluate(() => window.copied[0])).trimEnd().split("\n");

	assert.ok(lines.length > 1);
	assert.equal(new Set(lines.map((line) => line.split("\t").length)).size, 1, "as many cells in each");
}

function luminance(colour) {
	const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);

	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/* Dark or light as the system is, or as was chosen, which survives a reload. */
export async function theme({ browser }) {
	const background = (page) => page.evaluate(() => {
		const body = getComputedStyle(document.body).backgroundColor;

		return /, 0\)$/.test(body) ? getComputedStyle(document.documentElement).backgroundColor : body;
	});

	for (const dark of [false, true]) {
		const page = await browser.open({ dark });
		const chooser = page.getByLabel("Theme");
		const isDark = async () => luminance(await background(page)) < 100;

		assert.equal(await isDark(), dark, "as the system is");
		await chooser.selectOption(dark ? "light" : "dark");
		await frames(page);
		assert.equal(await isDark(), !dark, "as was chosen");
		await page.waitForFunction(() => /theme=/.test(location.hash));
		await page.reload();
		await eventually(async () => assert.equal(await isDark(), !dark, "after a reload"));
		await chooser.selectOption("auto");
		await eventually(async () => assert.equal(await isDark(), dark));
	}
}
