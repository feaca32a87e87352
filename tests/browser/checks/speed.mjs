/* SPDX-License-Identifier: MIT */
/*
 * speed.mjs - a report on 10^5 call stacks: how large it is, how soon it is there, how soon it answers.
 *
 * Times are for people to read. Other work on the machine makes them longer: a check fails only when
 * one is five times what it should be.
 */
import assert from "node:assert/strict";
import { statSync } from "node:fs";

import { Flame } from "../flame.mjs";
import { frames } from "../browser.mjs";

const PATIENCE = 5;
const FILE_BYTES = 4000000;
const FIRST_PAINT_MS = 1000;
const ANSWER_MS = 100;

function median(values) {
	return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function tell(what, values, budget) {
	const middle = median(values);
	const worst = Math.max(...values);

	console.log(`NOTE ${what}: ${middle.toFixed(0)} ms, at most ${worst.toFixed(0)} of ${values.length}` +
		(budget ? ` (to be below ${budget})` : ""));
	if (budget)
		assert.ok(middle < budget * PATIENCE, `${what} takes ${middle.toFixed(0)} ms`);
}

/* From the event until what it led to is painted: a frame after that of the answer begins. */
async function answer(page, event, work) {
	await page.evaluate((name) => {
		window.answered = new Promise((resolve) => {
			document.addEventListener(name, ({ timeStamp }) => {
				requestAnimationFrame(() => {
					const channel = new MessageChannel();

					channel.port1.onmessage = () => resolve(performance.now() - timeStamp);
					channel.port2.postMessage(0);
				});
			}, { capture: true, once: true });
		});
	}, event);
	await work();
	return page.evaluate(() => window.answered);
}

export async function size({ path }) {
	const { size: bytes } = statSync(path);

	console.log(`NOTE file: ${bytes} bytes (to be below ${FILE_BYTES})`);
	assert.ok(bytes <= FILE_BYTES, `${bytes} bytes`);
}

export async function opening({ browser }) {
	const paints = [], loads = [];

	for (let i = 0; i < 5; i++) {
		/* `open` waits until the flame graph is there. */
		const page = await browser.open();

		paints.push(await page.evaluate(() => {
			const [entry] = performance.getEntriesByName("first-contentful-paint");

			return entry.startTime;
		}));
		loads.push(await page.evaluate(() => performance.now()));
		await page.context().close();
	}
	tell("first paint", paints, FIRST_PAINT_MS);
	tell("flame graph after the start", loads, FIRST_PAINT_MS * 3);
	const page = await browser.open();

	console.log(`NOTE elements: ${await page.evaluate(() => document.querySelectorAll("*").length)}, ` +
		`boxes of a tree of ${await treeNodes(page)} nodes drawn on a canvas`);
}

function treeNodes(page) {
	return page.evaluate(async () => {
		const text = document.getElementById("data").textContent;
		const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
		const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));

		return (await new Response(stream).json()).nodes.up.length;
	});
}

export async function zooming({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const ins = [], outs = [], clicks = [];

	await page.locator("#flame").scrollIntoViewIfNeeded();
	for (let i = 0; i < 7; i++) {
		await flame.focus();
		for (let down = 0; down < 1 + i; down++)
			await page.keyboard.press("ArrowDown");
		ins.push(await answer(page, "keydown", () => page.keyboard.press("Enter")));
		outs.push(await answer(page, "keydown", () => page.keyboard.press("Escape")));
		const { x, y } = await flame.point(1 + i % 4, 0.2);

		clicks.push(await answer(page, "click", () => page.mouse.click(x, y)));
		await page.keyboard.press("Escape");
	}
	tell("zoom in by Enter", ins, ANSWER_MS);
	tell("zoom out by Escape", outs, ANSWER_MS);
	tell("zoom by a click", clicks, ANSWER_MS);
}

export async function searching({ browser }) {
	const page = await browser.open();
	const times = [];

	await page.locator("#flame").scrollIntoViewIfNeeded();
	for (const text of ["Page", "split", "std::vector", "unit_17.cc", "libpart", "e", "no such name"]) {
		/* Until what was found is told and painted, with the time that the page waits for more to be
		 * typed; before it, until what was found last is no longer told. */
		for (const value of ["", text])
			times.push(await page.evaluate(async (wanted) => {
				const input = document.querySelector("#flame-view input[type=search]");
				const output = document.querySelector("#flame-view output");
				const start = performance.now();

				input.value = wanted;
				input.dispatchEvent(new InputEvent("input", { bubbles: true }));
				while (Boolean(output.textContent.trim()) !== Boolean(wanted))
					await new Promise((resolve) => setTimeout(resolve));
				await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
				return performance.now() - start;
			}, value));
	}
	tell("search", times, ANSWER_MS);
}

export async function turning({ browser }) {
	const page = await browser.open();
	const flame = new Flame(page);
	const turns = [], metrics = [];

	await page.locator("#flame").scrollIntoViewIfNeeded();
	for (let i = 0; i < 6; i++)
		turns.push(await answer(page, "change", () => flame.inverted.click()));
	for (let i = 1; i < 6; i++)
		metrics.push(await answer(page, "change", () => flame.metric.selectOption({ index: i })));
	/* Of no budget, but to be known. */
	tell("top-down or inverted", turns, 5 * ANSWER_MS);
	tell("another metric", metrics, 5 * ANSWER_MS);
}

/* Filter and order of all sites, not of those alone that the page came with. */
export async function tables({ browser }) {
	const page = await browser.open();
	const all = page.getByRole("button", { name: /show all .* sites/i });

	if (await all.count()) {
		await all.first().scrollIntoViewIfNeeded();
		const time = await answer(page, "click", () => all.first().click());

		tell("table of all sites", [time], 10 * ANSWER_MS);
	}
	const headers = page.locator("#table-sites thead th button");
	const times = [];

	for (let i = 0; i < await headers.count(); i++)
		times.push(await answer(page, "click", () => headers.nth(i).click()));
	tell("sort of all sites", times, 10 * ANSWER_MS);
	await frames(page);
}
