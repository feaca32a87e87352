/* SPDX-License-Identifier: MIT */
/*
 * static.mjs - the page without scripts: everything is there, and nothing that could do harm.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { NARROW, includes, overhang, plain } from "../browser.mjs";

/* What the policy must say, and all that it may. */
const POLICY = {
	"default-src": /^'none'$/,
	"script-src": /^'sha256-[A-Za-z0-9+/]{43}='( 'sha256-[A-Za-z0-9+/]{43}=')*$/,
	"style-src": /^'sha256-[A-Za-z0-9+/]{43}='( 'sha256-[A-Za-z0-9+/]{43}=')*$/,
	"img-src": /^data:$/,
	"base-uri": /^'none'$/,
	"form-action": /^'none'$/,
	"require-trusted-types-for": /^'script'$/,
};

/* By its policy the browser runs what was built in and nothing else. */
export async function policy({ browser }) {
	const page = await browser.open({ scripts: false });
	const content = await page.locator("head > meta[http-equiv='Content-Security-Policy']")
		.getAttribute("content");
	const told = Object.fromEntries(content.split(";").map((directive) => directive.trim())
		.filter(Boolean).map((directive) => directive.split(/\s+(.*)/s)));

	for (const [name, pattern] of Object.entries(POLICY))
		assert.match(told[name] || "", pattern, name);
	for (const name of Object.keys(told))
		assert.ok(POLICY[name], `${name} is not for a report`);
	assert.doesNotMatch(content, /unsafe|https?:|\*/);

	const texts = await page.evaluate(() =>
		[...document.querySelectorAll("script:not([type]), style")].map((element) =>
			[element.localName, element.textContent]));
	const count = { script: 0, style: 0 };

	for (const [tag, text] of texts) {
		const hash = createHash("sha256").update(text).digest("base64");

		includes(told[`${tag}-src`], `'sha256-${hash}'`, `hash of a ${tag}`);
		count[tag]++;
	}
	assert.ok(count.script && count.style, "a script and a style sheet");
	const handlers = await page.evaluate(() =>
		[...document.querySelectorAll("*")].flatMap((element) => [...element.attributes])
			.filter((attribute) => /^on|^style$/.test(attribute.name))
			.map((attribute) => `${attribute.ownerElement.localName} ${attribute.name}`));

	assert.deepEqual(handlers, [], "handlers and styles in attributes");
	assert.equal(await page.locator("script[src], link, iframe, object, embed, base, form").count(), 0);
}

/* The positive control: this page's policy is in force, so that what others do not see is not there. */
export async function policy_in_force({ browser }) {
	const page = await browser.open();
	const refused = await page.evaluate(() => {
		const script = document.createElement("script");

		try {
			script.textContent = "window.ran = true";
			document.body.append(script);
		} catch (error) {
			return error.name;
		}
		return window.ran ? "" : "not run";
	});

	assert.ok(refused, "a script that was put into the page ran");
	/* That was our own doing. */
	browser.offences = browser.offences.filter((text) => !/Content.Security.Policy|Trusted/i.test(text));
}

function numberText(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/* Without scripts every finding, number and stack is there to be read. */
export async function complete({ browser, facts }) {
	const page = await browser.open({ scripts: false });
	const text = plain(await page.evaluate(() => document.body.innerText));
	const { run, sites, summary } = facts;

	includes(plain(await page.locator("h1").innerText()), run.argv[0].split("/").pop(), "heading");
	includes(plain(await page.locator(".verdict").first().innerText()), plain(summary.sentence), "verdict");
	for (const value of [run.allocations, run.frees])
		includes(text, numberText(value), "key numbers");
	const suspects = sites.filter((site) => /^(leak|growing)$/.test(site.verdict) && site.live_blocks);

	assert.ok(suspects.length, "this trace has nothing to show");
	for (const site of suspects) {
		const card = page.locator(`article.card[data-site="${site.id}"]`);
		/* Stacks may be folded, but they are in the text. */
		const words = plain(await card.evaluate((element) => element.textContent));

		assert.equal(await card.getAttribute("id"), `site-${site.id}`);
		includes(words, numberText(site.live_blocks), "blocks of a card");
		includes(words, plain(site.why), "why");
		for (const frame of site.stack.filter((one) => one.function && one.line).slice(0, 3)) {
			includes(words, frame.function, "function of a card");
			includes(words, `:${frame.line}`, `line of a card`);
		}
	}
	for (const id of ["overview", "findings", "generations", "fragmentation", "tables", "about"])
		assert.ok(await page.locator(`section#${id}`).isVisible(), `section ${id}`);
	assert.ok(await page.locator("#flame").isHidden(), "a flame graph that cannot be");
	for (const figure of ["#memory svg", "#lexis svg"])
		assert.ok(await page.locator(figure).first().isVisible(), figure);
	assert.ok(await page.locator("table.sortable tbody tr").count() > 0, "rows of tables");
	assert.equal(await page.locator("canvas, button, input, select").count(), 0,
		"controls that do nothing");
}

/* Every link within the page leads somewhere, every id is there once, everything has its name. */
export async function links({ browser }) {
	const page = await browser.open({ scripts: false });
	const broken = await page.evaluate(() => {
		const wrong = [];
		const seen = new Set();

		for (const element of document.querySelectorAll("[id]")) {
			if (seen.has(element.id))
				wrong.push(`id twice: ${element.id}`);
			seen.add(element.id);
		}
		for (const link of document.querySelectorAll("a[href]")) {
			const href = link.getAttribute("href");

			if (href.startsWith("#") && !seen.has(href.slice(1).split("?")[0]))
				wrong.push(`leads nowhere: ${href}`);
			else if (!/^(#|https:\/\/)/.test(href))
				wrong.push(`no such link is for a report: ${href}`);
		}
		for (const table of document.querySelectorAll("table"))
			/* In what can be unfolded the summary is its caption. */
			if (!(table.caption || table.closest("details")) || !table.querySelector("th[scope]"))
				wrong.push(`table without caption or headings: ${table.id || table.outerHTML.slice(0, 200)}`);
		for (const cell of document.querySelectorAll("[data-v]"))
			if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(cell.dataset.v))
				wrong.push(`no number: ${cell.dataset.v}`);
		return wrong;
	});

	assert.deepEqual(broken, []);
	assert.equal(await page.evaluate(() => document.compatMode), "CSS1Compat", "doctype");
	assert.ok(await page.evaluate(() => document.documentElement.lang), "lang");
	assert.ok(await page.title(), "title");
}

/* A window as narrow as a telephone: the page is read from top to bottom, not sideways. */
export async function narrow({ browser }) {
	for (const scripts of [false, true]) {
		const page = await browser.open({ scripts, size: NARROW });

		assert.equal(await overhang(page), 0, `sideways, scripts: ${scripts}`);
		await page.evaluate(() => document.querySelectorAll("details").forEach((one) => {
			one.open = true;
		}));
		assert.equal(await overhang(page), 0, `sideways with all unfolded, scripts: ${scripts}`);
	}
}

/* Labels along an axis do not run into each other. */
export async function labels({ browser }) {
	const page = await browser.open({ scripts: false });
	const found = await page.evaluate(() => [...document.querySelectorAll("svg")].flatMap((svg) => {
		const texts = [...svg.querySelectorAll("text")].map((text) => {
			const { left, right, top, bottom } = text.getBoundingClientRect();

			return { words: text.textContent, left, right, top, bottom };
		});

		return texts.flatMap((one, at) => texts.slice(at + 1)
			.filter((other) => one.left < other.right && other.left < one.right &&
				one.top + 2 < other.bottom && other.top + 2 < one.bottom)
			.map((other) => `"${one.words}" and "${other.words}"`));
	}));

	assert.deepEqual(found, []);
}

/* On paper: what was folded is shown, what only works on a screen is not, in dark colours on white. */
export async function print({ browser, facts }) {
	const page = await browser.open();

	await page.emulateMedia({ media: "print" });
	await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
	const text = plain(await page.evaluate(() => document.body.innerText));

	includes(text, plain(facts.summary.sentence), "verdict");
	const site = facts.sites.find((one) => /^(leak|growing)$/.test(one.verdict) && one.live_blocks);
	const frame = site.stack.find((one) => one.function && one.line);

	includes(text, frame.function, "stack");
	assert.equal(await page.locator("#views").isVisible(), false, "navigation on paper");
	assert.equal(await page.locator("canvas").first().isVisible(), false, "flame graph on paper");
	assert.ok(await page.evaluate(() => document.querySelectorAll("details:not([open])").length) === 0,
		"folded on paper");
	await page.evaluate(() => dispatchEvent(new Event("afterprint")));
	const paper = await page.pdf();

	assert.ok(paper.length > 10000, "pages");
}

/* Bytes, before any browser has put them right. */
export async function bytes({ path }) {
	const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));

	assert.match(text.slice(0, 100), /^<!doctype html>/i);
	assert.doesNotMatch(text, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/, "control characters");
	assert.equal(text.match(/<script/g).length, text.match(/<\/script>/g).length, "scripts");
}

/* Nothing was allocated: the page says so and has no errors. */
export async function nothing({ browser }) {
	const bare = await browser.open({ scripts: false });

	assert.ok(plain(await bare.locator(".verdict").first().innerText()), "verdict");
	const page = await browser.open();

	assert.equal(await overhang(page), 0);
	assert.doesNotMatch(await page.evaluate(() => document.body.innerText), /NaN|Infinity|undefined|null/);
}
