/* SPDX-License-Identifier: MIT */
/*
 * flame.mjs - the flame graph: seen, zoomed, searched, turned over, by mouse and by keyboard.
 */
import assert from "node:assert/strict";

import { Flame } from "../flame.mjs";
import { eventually, frames, plain } from "../browser.mjs";

/* It is drawn, and by all metrics, each with its own picture and total. */
export async function metrics({ browser, facts }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const seen = new Map();

	assert.ok(await flame.colours() > 3, "colours on the canvas");
	for (const value of await flame.metric.locator("option").evaluateAll((all) =>
		all.map((one) => one.value))) {
		await flame.metric.selectOption(value);
		await frames(page);
		seen.set(value, await flame.label());
		assert.equal(await flame.metric.inputValue(), value);
	}
	assert.ok(seen.size > 3, "metrics to choose from");
	assert.equal(new Set(seen.values()).size, seen.size, "what the canvas says of itself");
	if (facts)
		assert.ok(seen.has("live_bytes") && seen.has("allocations"), [...seen.keys()].join());
	/* By keyboard alone. */
	await flame.metric.selectOption({ index: 0 });
	const first = await flame.metric.inputValue();

	await flame.metric.focus();
	await page.keyboard.press("ArrowDown");
	await frames(page);
	assert.notEqual(await flame.metric.inputValue(), first);
	await flame.saved("#flame?", `metric=${await flame.metric.inputValue()}`);
}

export async function mouse({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const all = await flame.zoomed();
	const before = await flame.picture();
	const tip = await flame.hover(1);

	assert.match(tip, /\d/, "a tooltip with a number");
	await flame.click(1);
	const zoomed = await flame.zoomed();

	assert.notEqual(zoomed, all, "a click zooms");
	assert.ok(tip.includes(zoomed.replace(/…$/, "").slice(0, 30)), `to what was pointed at: ${tip}`);
	assert.notEqual(await flame.picture(), before);
	await flame.saved("focus=");
	/* Back by the way that is shown above. */
	await flame.path.getByRole("button").first().click();
	await frames(page);
	assert.equal(await flame.zoomed(), all);
	await page.mouse.move(0, 0);
	await frames(page);
	assert.ok(!await flame.tip.isVisible(), "the tooltip goes with the mouse");
}

export async function keyboard({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const all = await flame.zoomed();
	const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));

	await flame.focus();
	const start = await focused();

	assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "treeitem");
	await page.keyboard.press("ArrowDown");
	const below = await focused();

	assert.notEqual(below, start, "an arrow moves");
	assert.match(below, /\d/, "and tells numbers");
	await page.keyboard.press("Enter");
	await frames(page);
	assert.notEqual(await flame.zoomed(), all, "Enter zooms");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("ArrowRight");
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("Escape");
	await frames(page);
	assert.equal(await flame.zoomed(), all, "Escape shows all");
	assert.ok(await page.evaluate(() => document.activeElement.closest("[role=tree]") !== null),
		"focus is still there");
	await page.keyboard.press("/");
	assert.ok(await flame.search.evaluate((one) => one === document.activeElement), "/ searches");
}

export async function searching({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const before = await flame.picture();
	/* The last word of a name that is there. */
	const name = (await flame.hover(2) || await flame.hover(1)).match(/[A-Za-z_]{4,}/)[0];

	await page.mouse.move(0, 0);
	await flame.search.fill(name);
	await eventually(async () => assert.match(plain(await flame.matched.innerText()), /\d/));
	await frames(page);
	const found = await flame.picture();

	assert.notEqual(found, before, "what is found is seen");
	await flame.search.fill("no such name anywhere");
	await eventually(async () => assert.match(plain(await flame.matched.innerText()), /\b0\b/));
	await frames(page);
	assert.notEqual(await flame.picture(), found);
	await flame.search.fill("");
	await eventually(async () => assert.equal(plain(await flame.matched.innerText()), ""));
	await eventually(async () => assert.equal(await flame.picture(), before));
}

export async function inverted({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const before = await flame.picture();
	const total = (await flame.label()).match(/[\d.,]+ ?[KMG]?i?B?/)[0];

	await flame.inverted.focus();
	await page.keyboard.press(" ");
	await frames(page);
	assert.ok(await flame.inverted.isChecked());
	assert.notEqual(await flame.picture(), before);
	assert.equal((await flame.label()).match(/[\d.,]+ ?[KMG]?i?B?/)[0], total, "the total stays");
	await flame.saved("inverted=1");
	await flame.inverted.uncheck();
	await frames(page);
	assert.equal(await flame.picture(), before);
}

/* The same as text, which is also what screen readers get. */
export async function as_text({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);

	await flame.asText.check();
	await frames(page);
	assert.ok(await flame.tree.isVisible());
	const count = await flame.tree.getByRole("treeitem").count();

	await flame.focus();
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("ArrowRight");
	await frames(page);
	assert.ok(await flame.tree.getByRole("treeitem").count() > count, "an item unfolds");
	const [levels] = await flame.tree.getByRole("treeitem").evaluateAll((all) =>
		[all.map((one) => Number(one.getAttribute("aria-level")))]);

	assert.ok(Math.max(...levels) >= 2, "levels");
}

/* What is in the URL is there again after a reload, and for whom the link is sent to. */
export async function link({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);

	await flame.metric.selectOption({ index: 1 });
	await flame.inverted.check();
	await frames(page);
	await flame.click(1);
	await flame.search.fill("e");
	await eventually(async () => assert.match(plain(await flame.matched.innerText()), /\d/));
	await flame.saved("metric=", "inverted=1", "focus=", "search=e");
	const state = await flame.state();
	const hash = await page.evaluate(() => location.hash);

	await page.reload();
	await eventually(async () => assert.deepEqual(await flame.state(), state));
	const other = await browser.open({ fragment: hash });

	await eventually(async () => assert.deepEqual(await new Flame(other).state(), state));
	/* From a link within the page, too. */
	await other.evaluate(() => {
		location.hash = "#flame?inverted=1";
	});
	await eventually(async () => assert.equal(await new Flame(other).search.inputValue(), ""));
}

/* Fragments that somebody made up break nothing. */
export async function odd_links({ browser }) {
	for (const fragment of ["#flame?metric=none&focus=../..&search=%F0%9F&inverted=2", "#flame?focus=zzzzzz.0.1",
		"#flame?site=99999999", "#lexis?births=9-1&ages=a-b", "#lexis?births=0-99999&ages=0-99999",
		"#tables?name=none&sort=x", "#tables?name=__proto__&sort=__proto__&dir=desc&filter=%00",
		"#flame?search=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "#%3Cscript%3E", "#flame?%E0%A4%A",
		"#tables?name=sites&sort=constructor&theme=__proto__"]) {
		const page = await browser.open({ fragment });

		await frames(page, 3);
		assert.equal(await page.evaluate(() => document.images.length), 0);
		await page.context().close();
	}
}

/* A card leads to where its stack is in the flame graph. */
export async function from_card({ browser }) {
	const page = await browser.open();
	const link = page.locator("article.card a[href^='#flame?']").first();

	await link.scrollIntoViewIfNeeded();
	await link.click();
	await eventually(async () => assert.ok(await page.locator("#flame-view canvas").evaluate((canvas) => {
		const { top, bottom } = canvas.getBoundingClientRect();

		return bottom > 0 && top < innerHeight;
	}), "the flame graph is in sight"));
}
