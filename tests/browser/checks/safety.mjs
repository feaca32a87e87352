/* SPDX-License-Identifier: MIT */
/*
 * safety.mjs - names made to harm: they are text, wherever they are shown.
 */
import assert from "node:assert/strict";

import { Flame } from "../flame.mjs";
import { NARROW, eventually, frames, includes, overhang, plain } from "../browser.mjs";

/* All that a report is made of. Whatever else is in the page came out of a name. */
const ELEMENTS = new Set(`html head meta title style body script
	header nav main section article footer div p span a h1 h2 h3 h4 dl dt dd ul ol li
	figure figcaption details summary table caption colgroup col thead tbody tfoot tr th td
	pre code kbd samp var strong em b i small sub sup abbr bdi bdo time mark wbr br hr data meter
	svg g rect path line polyline polygon circle text tspan title desc defs pattern clipPath use marker
	linearGradient stop
	canvas button input select option optgroup label output dialog textarea`.split(/\s+/));

async function inspect(page, where) {
	const found = await page.evaluate((known) => {
		const wrong = [];
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);

		for (const element of document.querySelectorAll("*")) {
			if (!known.includes(element.localName))
				wrong.push(`<${element.localName}>`);
			for (const { name, value } of element.attributes)
				if (/^on/.test(name) || (/^(href|src|action|formaction)$/.test(name) &&
					!/^(#|https:\/\/)/.test(value)))
					wrong.push(`${element.localName} ${name}="${value.slice(0, 80)}"`);
		}
		if (document.images.length || window.frames.length)
			wrong.push("images or frames");
		if (document.querySelectorAll("script").length > 3)
			wrong.push("more scripts than a report has");
		/* What no font shows, and what turns the direction of text around it. */
		while (walk.nextNode()) {
			const { nodeValue: text, parentElement: parent } = walk.currentNode;
			const bad = text.match(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);

			if (bad && !parent.closest("script, style"))
				wrong.push(`U+${bad[0].charCodeAt(0).toString(16)} in <${parent.localName}>`);
		}
		return [...new Set(wrong)].slice(0, 30);
	}, [...ELEMENTS]);

	assert.deepEqual(found, [], where);
}

async function unfold(page) {
	await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
		one.open = true;
	}));
}

const IMAGE = "<img src=x onerror=";
const PLACES = ["header#top", "#findings", "#tables", "article.card", "#fragmentation"];

/* places: that show names. */
export async function without_scripts({ browser }, places = PLACES) {
	const page = await browser.open({ scripts: false });

	await inspect(page, "without scripts");
	for (const place of places) {
		const text = await page.locator(place).evaluateAll((all) => all.map((one) => one.textContent).join());

		includes(text, IMAGE, `names in ${place}`);
	}
	const text = await page.evaluate(() => document.body.textContent);

	for (const words of ["</script>", "-->", "<!--", "]]>", "&lt;b&gt;", "&amp;amp;", "__proto__", "\u05e9"])
		includes(text, words, "names as they are");
	for (const words of ["\\x1b[31m", "\\xff", "\\u202e"])
		includes(text, words, "what cannot be shown, spelled out");
	assert.equal(await overhang(page), 0, "long names do not make the page wide");
}

export async function with_scripts({ browser }) {
	const page = await browser.open();

	await unfold(page);
	await inspect(page, "with scripts");
	assert.equal(await overhang(page), 0, "long names do not make the page wide");
	await page.setViewportSize(NARROW);
	await frames(page, 3);
	assert.equal(await overhang(page), 0, "nor a narrow one");
}

/* Labels of boxes, tooltips, the way to the box that is zoomed to, sites, the tree as text. */
export async function flame({ browser }) {
	const page = await browser.open();
	const view = new Flame(page);
	const tips = [], names = [];

	for (let row = 1; row < 8; row++)
		for (const share of [0.02, 0.1, 0.25, 0.4, 0.6, 0.8, 0.95])
			tips.push(await view.hover(row, share));
	includes(tips.join("\n"), IMAGE, "tooltips");
	for (let row = 2; row < 7; row++) {
		await view.click(row, 0.05);
		await inspect(page, `zoomed to row ${row}`);
		names.push(await page.locator("#flame-view").evaluate((element) => element.textContent));
	}
	includes(names.join("\n"), IMAGE, "names");
	await view.asText.check();
	await view.focus();
	for (let i = 0; i < 12; i++)
		await page.keyboard.press(i % 2 ? "ArrowDown" : "ArrowRight");
	await inspect(page, "as text");
	await view.inverted.check();
	await view.search.fill(IMAGE);
	await eventually(async () => assert.match(plain(await view.matched.innerText()), /[1-9]/));
	await inspect(page, "searched");
}

/* Listed sites of the heat map and of the maps of addresses. */
export async function lexis({ browser }) {
	const page = await browser.open({ fragment: "#lexis?births=0-40&ages=0-30" });
	const table = page.getByRole("table", { name: "Sites of the selected blocks" });

	await eventually(async () => includes(await table.innerText(), "img src=x", "sites of a selection"));
	for (const button of await table.getByRole("button").all())
		await button.click();
	await inspect(page, "heat map");
	const map = page.locator(".map[data-region]").first();

	await map.getByRole("application").focus();
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("ArrowRight");
		if (i % 20 === 0)
			await inspect(page, "map");
	}
}

export async function tables({ browser }) {
	const page = await browser.open();

	for (const filter of await page.locator("main").getByLabel("Filter").all())
		await filter.fill("<img");
	await frames(page, 10);
	const texts = await page.locator("main table.sortable tbody tr:visible").allInnerTexts();

	assert.ok(texts.length > 0, "rows with <img in them");
	for (const header of await page.locator("main table.sortable thead th button").all())
		await header.click();
	for (const button of await page.locator("main table.sortable tbody button:visible").all())
		await button.click();
	await inspect(page, "tables");
	await eventually(async () => assert.match(await page.evaluate(() => location.hash), /filter=/));
	await page.reload();
	await frames(page, 10);
	await inspect(page, "tables after a reload");
}
