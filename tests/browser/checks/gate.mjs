/* SPDX-License-Identifier: MIT */
/*
 * gate.mjs - the page of a leak check. FACTS is the same result in JSON.
 */
import assert from "node:assert/strict";
import { statSync } from "node:fs";

import { includes, overhang, plain } from "../browser.mjs";
import * as access from "./access.mjs";
import * as safety from "./safety.mjs";
import { followLinks, sortTables } from "./views.mjs";

const CARDS = 30;
const ROWS = 1000;
const FILE_BYTES = 4000000;
const PLACES = ["header#top", "#findings", "article.card", "#table-others", "#table-processes"];
const STATES = { within: "within budget" };

function numberText(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function stateText({ state }) {
	return STATES[state] || state;
}

function words(locator) {
	return locator.evaluateAll((all) => all.map((one) => one.textContent));
}

/* Rows of a table as texts of their cells. */
function rowsOf(page, name) {
	return page.locator(`#table-${name} tbody tr`).evaluateAll((all) =>
		all.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

/* How many rows a table says that it leaves out. */
async function leftOut(page, name) {
	const more = await page.locator(`.wide:has(#table-${name}) + .more`).allTextContents();

	const [, count] = more.length ? more[0].match(/^([\d,]+) more rows? (is|are) not shown\.$/) : ["", "0"];

	return Number(count.replace(/,/g, ""));
}

/* Start-up code and the insides of the C++ library are left out where they stand at an end. */
function isShown({ function: name, line }) {
	return name && line && !/^(std::|__gnu_cxx::|__libc_start|_start$)/.test(name);
}

async function checkHeader(page, facts) {
	const header = plain(await page.locator("header#top").evaluate((element) => element.textContent));
	const verdicts = {
		clean: "The leak check passes.",
		findings: `The leak check fails: ${numberText(facts.findings.filter((one) => one.fails).length)} finding`,
		"no-verdict": "The leak check has no verdict: evidence is missing.",
	};

	includes(header, verdicts[facts.verdict], "verdict");
	for (const text of [...facts.command || [], ...facts.missing.slice(0, 20), ...facts.notes.slice(0, 20)])
		includes(header, plain(text), "header");
	assert.equal(await page.locator("header#top .verdict.good").count(), Number(facts.verdict === "clean"));
}

/* What fails comes first, each with its evidence, and looks like what it is. */
async function checkCards(page, findings) {
	const cards = page.locator("article.card");
	const texts = await words(cards);

	assert.equal(texts.length, findings.length, "cards");
	for (const [at, finding] of findings.entries()) {
		const text = plain(texts[at]);

		assert.ok(finding.fails, "a card of what does not fail");
		includes(text, finding.rule, "rule of a card");
		includes(text, plain(finding.message), "why");
		includes(text, finding.program, "program");
		includes(text, finding.key || "", "key");
		assert.equal(await cards.nth(at).locator("header .badge").textContent(), stateText(finding), "state");
		for (const frame of [...finding.stack, ...finding.release].filter(isShown))
			includes(text, plain(frame.function), "function of a card");
		assert.equal(await cards.nth(at).locator("ol.stack").count() > 0,
			finding.stack.length + finding.release.length > 0, "a call stack");
		if (!finding.budget)
			includes(text, numberText(finding.blocks), "blocks");
	}
	const table = page.locator("#table-others");

	if (texts.length && await table.count())
		assert.ok(await table.evaluate((element) => Boolean(document.querySelector("article.card:last-of-type")
			.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)), "cards before the table");
}

async function checkOthers(page, findings) {
	const rows = await rowsOf(page, "others");

	assert.equal(rows.length, Math.min(findings.length, ROWS), "rows of other findings");
	assert.equal(await leftOut(page, "others"), findings.length - rows.length, "left out");
	rows.forEach(([state, rule, , , processes, where, why], at) => {
		const finding = findings[at];

		assert.equal(state, stateText(finding));
		assert.equal(rule, finding.rule);
		assert.equal(processes, numberText(finding.processes));
		includes(plain(where), finding.program, "program");
		includes(plain(where), plain(finding.place || ""), "place");
		includes(plain(why), plain(finding.suppression || finding.message), "why");
	});
}

function resultOf(process) {
	if (!process.judged)
		return "skipped";
	if (process.failures)
		return "fails";
	return process.missing.length ? "no verdict" : "clean";
}

async function checkProcesses(page, processes) {
	const rows = await rowsOf(page, "processes");

	assert.equal(rows.length, Math.min(processes.length, ROWS), "processes");
	assert.equal(await leftOut(page, "processes"), processes.length - rows.length, "left out");
	if (rows.length < processes.length) {
		/* What fails stays, others go. */
		assert.equal(rows.filter((row) => row[3] === "fails").length,
			Math.min(processes.filter((one) => resultOf(one) === "fails").length, ROWS), "processes that fail");
		return;
	}
	rows.forEach(([program, pid, end, result, failures, allocations, , , why], at) => {
		const process = processes[at];

		assert.deepEqual([program, pid, result, failures, allocations],
			[process.program, String(process.pid), resultOf(process), numberText(process.failures),
				numberText(process.allocations)]);
		includes(end, String(process.end.status), "end");
		for (const sentence of process.missing)
			includes(plain(why), plain(sentence), "missing evidence");
		includes(plain(why), process.skipped || "", "why it was skipped");
	});
}

/* Without scripts all is there, told by words: states, too, which colours tell as well. */
export async function complete({ browser, facts }) {
	const page = await browser.open({ scripts: false });
	const cards = Math.min(facts.findings.filter((one) => one.fails).length, CARDS);

	await checkHeader(page, facts);
	await checkCards(page, facts.findings.slice(0, cards));
	await checkOthers(page, facts.findings.slice(cards));
	await checkProcesses(page, facts.processes);
	assert.ok((await words(page.locator(".badge"))).every((text) => text.trim()), "a badge without a word");
	assert.equal(await page.locator("canvas, button, input, select").count(), 0, "controls that do nothing");
	assert.doesNotMatch(await page.evaluate(() => document.body.innerText), /NaN|Infinity|undefined|\bnull\b/);
	assert.equal(await overhang(page), 0);
}

/* A real one: where it was allocated is in sight, with the line of the source. */
export async function real({ browser, facts }) {
	const page = await browser.open({ scripts: false });
	/* One of which other blocks are released. */
	const number = facts.findings.findIndex((one) =>
		one.stack.some((other) => other.function === "duplicate"));
	const finding = facts.findings[number];
	const frame = finding.stack.find((one) => /leak\.c$/.test(one.file));
	const card = page.locator("article.card").nth(number);
	const text = plain(await card.innerText());

	await complete({ browser, facts });
	for (const one of finding.stack.filter((other) => /leak\.c$/.test(other.file)))
		includes(text, `${one.function} ${one.file}:${one.line}`, "stack");
	assert.match(plain(await card.locator("pre.source mark").first().innerText()),
		new RegExp(`^${frame.line}> .*malloc`), "the line of the source");
	for (const what of ["Allocated at", "Does it leak?", "Who releases other blocks from here", "Next:"])
		includes(text, what, "evidence");
}

export async function without_scripts({ browser }) {
	await safety.without_scripts({ browser }, PLACES);
}

export async function sections({ browser }) {
	await followLinks(await browser.open(), 2);
}

export async function sorting({ browser }) {
	const page = await browser.open();

	await sortTables(page.locator("main table.sortable"));
}

/* Theme, folding, filters, headings of tables; nothing is told of keys that do nothing here. */
export async function keyboard({ browser }) {
	await access.tab_order({ browser }, ["views", "findings", "processes"]);
	const page = await browser.open();
	const header = page.locator("#table-others thead th").nth(2);

	await header.getByRole("button").focus();
	await page.keyboard.press("Enter");
	assert.equal(await header.getAttribute("aria-sort"), "descending");
	await page.keyboard.press("?");
	assert.equal(await page.locator("dialog").count(), 0, "help on keys of views that are not there");
	assert.equal(await page.getByRole("button", { name: "Keys" }).count(), 0, "a button for it");
}

/* On paper: all that was folded, and no controls of the screen. */
export async function print({ browser, facts }) {
	const page = await browser.open();

	await page.emulateMedia({ media: "print" });
	await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
	const text = plain(await page.evaluate(() => document.body.innerText));

	for (const finding of facts.findings)
		includes(text, plain(finding.suppression || finding.message), "findings on paper");
	assert.equal(await page.locator("#views").isVisible(), false, "navigation on paper");
	assert.equal(await page.locator("details:not([open])").count(), 0, "folded on paper");
	assert.ok((await page.pdf()).length > 10000, "pages");
}

/* More than anybody reads: the page opens, and says how much it leaves out. */
export async function many({ browser, path, facts }) {
	const { size } = statSync(path);
	const page = await browser.open();
	const [paint] = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")
		.map((entry) => entry.startTime));

	console.log(`NOTE ${facts.findings.length} findings: ${size} bytes, ` +
		`first paint after ${paint.toFixed(0)} ms`);
	assert.ok(size <= FILE_BYTES, `${size} bytes`);
	assert.ok(paint < 5000, `first paint after ${paint} ms`);
	assert.ok(facts.findings.length > CARDS + ROWS, "too few to be left out");
	const failing = facts.findings.filter((one) => one.fails).length;

	includes(plain(await page.locator("#table-others caption").innerText()),
		`${numberText(failing - CARDS)} of which fail`, "what fails and has no card");
	await complete({ browser, facts });
	await sortTables(page.locator("#table-processes"));
}
