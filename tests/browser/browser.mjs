/* SPDX-License-Identifier: MIT */
/*
 * browser.mjs - Chromium, showing a report as a person would see it: from a file.
 *
 * Whatever the page does that no report may do fails the check that opened it, however it was going:
 * errors on the console, exceptions, requests, dialogs, other pages.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"];
const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 360, height: 800 };

export class Browser {
	constructor(path) {
		this.url = pathToFileURL(path).href;
		this.offences = [];
		this.chromium = null; /* started when a window is wanted */
	}

	async start() {
		this.chromium = await chromium.launch({
			executablePath: PLACES.find((place) => place && existsSync(place)),
			/* Its sandbox does not work for root, and a test opens nothing but its own files. */
			args: ["--no-sandbox"],
		});
	}

	/* A new window with the report. scripts: they may run; ours: the page has some, wait for them;
	 * allow: what else it may load. */
	async open({ scripts = true, ours = scripts, dark = false, size = WIDE, fragment = "",
		prepare, allow } = {}) {
		if (!this.chromium)
			await this.start();
		const context = await this.chromium.newContext({
			javaScriptEnabled: scripts,
			colorScheme: dark ? "dark" : "light",
			viewport: size,
			reducedMotion: "reduce",
		});
		const page = await context.newPage();

		page.setDefaultTimeout(20000);
		this.watch(context, page, allow);
		if (prepare)
			await page.addInitScript(prepare);
		await page.goto(this.url + fragment);
		if (ours)
			await ready(page);
		return page;
	}

	watch(context, page, allow) {
		const offend = (what) => this.offences.push(what);

		page.on("console", (message) => {
			if (message.type() === "error")
				offend(`error on the console: ${message.text()}`);
		});
		page.on("pageerror", (error) => offend(`exception: ${error.stack || error}`));
		page.on("crash", () => offend("the page crashed"));
		page.on("popup", (other) => offend(`another page was opened: ${other.url()}`));
		page.on("dialog", (dialog) => {
			offend(`dialog: ${dialog.message()}`);
			return dialog.dismiss();
		});
		context.on("request", (request) => {
			const url = request.url().replace(/#.*/s, "");

			if (url !== this.url && !/^(data|blob):/.test(url) && !(allow && allow.test(url)))
				offend(`request: ${url}`);
		});
	}

	async stop() {
		if (this.chromium)
			await this.chromium.close();
		if (this.offences.length) {
			console.log(`What no report may do:\n${this.offences.join("\n").slice(0, 8000)}`);
			process.exitCode = 1;
		}
	}
}

/* Until the scripts have read the data: then the flame graph is there. Pages without one have no data. */
async function ready(page) {
	const state = await page.waitForFunction(() => {
		const flame = document.getElementById("flame");
		const view = document.getElementById("flame-view");
		const words = view && view.querySelector("[role=status]");

		if (!flame)
			return document.querySelector(".page-tools") && { refused: "" };
		if (flame.hidden || !view.childElementCount)
			return null;
		return words && /^Reading/.test(words.textContent) ? null :
			{ refused: words ? words.textContent : "" };
	});
	const { refused } = await state.jsonValue();

	assert.equal(refused, "", "what the page says instead of drawing");
	/* What follows in the same turn and what waits for a frame. */
	await frames(page);
}

export async function frames(page, count = 2) {
	await page.evaluate(async (left) => {
		while (left--)
			await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
	}, count);
}

/* White space as it is shown. */
export function plain(text) {
	return text.replace(/\s+/g, " ").trim();
}

export function includes(text, words, what) {
	assert.ok(text.includes(words), `${what}: no "${words.slice(0, 200)}" in:\n${text.slice(0, 3000)}`);
}

/* Waits for what may take a moment: until `work` no longer throws. */
export async function eventually(work, ms = 5000) {
	const end = Date.now() + ms;

	for (;;) {
		try {
			return await work();
		} catch (error) {
			if (Date.now() > end)
				throw error;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
}

/* How far the page can be scrolled sideways. */
export function overhang(page) {
	return page.evaluate(() =>
		document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth);
}
