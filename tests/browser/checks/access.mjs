/* SPDX-License-Identifier: MIT */
/*
 * access.mjs - what axe-core finds against those who read with a keyboard or by ear.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { NARROW } from "../browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(page) {
	/* Through the debugger: the page's policy would let no script in, and that is to stay so. */
	await page.evaluate(axe);
	return page.evaluate(async () => {
		/* By the rules of WCAG 2.2, levels A and AA, and what axe calls best practice. */
		const { violations: found } = await axe.run(document, { resultTypes: ["violations"] });

		return found.map(({ id, impact, help, nodes }) => ({
			id, impact, help, count: nodes.length,
			nodes: nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 200)}` +
				`\n      ${(node.any[0] || node.all[0] || node.none[0] || {}).message || ""}`),
		}));
	});
}

async function judge(page, where) {
	const found = await violations(page);
	const grave = found.filter((one) => one.impact === "serious" || one.impact === "critical");

	for (const one of found.filter((other) => !grave.includes(other)))
		console.log(`NOTE ${where}: ${one.impact}: ${one.help} (${one.count}), ${one.nodes[0]}`);
	assert.equal(grave.length, 0, `${where}:\n${grave.map((one) =>
		`  ${one.impact} ${one.id}: ${one.help}, ${one.count} times:\n    ${one.nodes.join("\n    ")}`).join("\n")}`);
}

async function unfold(page) {
	await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
		one.open = true;
	}));
}

export async function light({ browser }) {
	const page = await browser.open();

	await judge(page, "light");
	await unfold(page);
	await judge(page, "light, unfolded");
}

export async function dark({ browser }) {
	const page = await browser.open({ dark: true });

	await unfold(page);
	await judge(page, "dark, unfolded");
}

export async function narrow({ browser }) {
	const page = await browser.open({ size: NARROW });

	await judge(page, "narrow");
}

/* The page as it is without scripts; axe itself is one, so ours are taken out. */
export async function without_scripts({ browser, path }) {
	const bare = `${path}.bare.html`;

	writeFileSync(bare, readFileSync(path, "utf8").replace(/<script.*?<\/script>/gs, ""));
	browser.url = pathToFileURL(bare).href;
	const page = await browser.open({ ours: false });

	await unfold(page);
	await judge(page, "without scripts");
}

/* Level by level, and one of the first; nor has axe anything of less weight to say. */
export async function orderly({ browser }) {
	const page = await browser.open();
	const levels = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
		.map((heading) => Number(heading.localName[1])));

	assert.equal(levels[0], 1, "the first heading");
	levels.slice(1).forEach((level, at) =>
		assert.ok(level > 1 && level <= levels[at] + 1, `h${level} below h${levels[at]}`));
	for (const dark of [false, true]) {
		const other = await browser.open({ dark });

		await unfold(other);
		assert.deepEqual(await violations(other), [], `dark: ${dark}`);
	}
}

/* Everything that can be operated can be reached and seen by Tab, in an order from top to bottom.
 * sections: that have something to operate. */
export async function tab_order({ browser }, sections = ["views", "flame", "lexis", "tables"]) {
	const page = await browser.open();
	const seen = [];

	for (let i = 0; i < 400; i++) {
		await page.keyboard.press("Tab");
		const at = await page.evaluate(() => {
			const element = document.activeElement;

			if (element === document.body)
				return null;
			const style = getComputedStyle(element);
			const box = element.getBoundingClientRect();

			return {
				name: `${element.localName}${element.id ? `#${element.id}` : ""} ` +
					`${(element.textContent || "").trim().slice(0, 30)}`,
				section: (element.closest("section[id], header, nav") || document.body).id,
				shown: element.matches("[role=treeitem]") || (box.width > 0 && box.height > 0),
				/* In the flame graph, while it is a picture, the mark is drawn on that. */
				marked: element.matches("[role=treeitem]") ?
					document.querySelector(".flame-mark.cursor").checkVisibility() :
					style.outlineStyle !== "none" || style.boxShadow !== "none" ||
					(element instanceof SVGElement && style.stroke !== "none"),
			};
		});

		if (!at || (seen.length && i > 390))
			break;
		seen.push(at);
	}
	assert.ok(seen.length > 5, "things to operate");
	assert.match(seen[0].name, /^a/, "the first is the link that skips to the findings");
	for (const at of seen)
		assert.ok(at.shown && at.marked, `focus is not to be seen on ${at.name} in #${at.section}`);
	for (const section of sections)
		assert.ok(seen.some((at) => at.section === section || (section === "lexis" &&
			at.section === "generations")), `nothing in #${section} is reached by Tab`);
}
