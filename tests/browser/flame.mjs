/* SPDX-License-Identifier: MIT */
/*
 * flame.mjs - the flame graph as its user finds it: by label and role.
 */
import assert from "node:assert/strict";

import { eventually, frames, plain } from "./browser.mjs";

export class Flame {
	constructor(page) {
		const view = page.locator("#flame-view");

		this.page = page;
		this.view = view;
		this.metric = view.getByRole("combobox");
		this.inverted = view.getByRole("checkbox", { name: /by allocating function/i });
		this.asText = view.getByRole("checkbox", { name: /as text/i });
		this.search = view.getByRole("searchbox");
		this.matched = view.locator("output").first();
		this.canvas = view.locator("canvas").first();
		this.tree = view.getByRole("tree");
		this.path = view.getByRole("navigation", { name: "Zoomed to" });
		this.tip = view.getByRole("tooltip");
	}

	/* The name of the box that is as wide as the view. */
	async zoomed() {
		return plain(await this.path.locator("[aria-current]").innerText());
	}

	/* What the canvas says of itself to those who cannot see it. */
	label() {
		return this.canvas.getAttribute("aria-label");
	}

	/* Changes whenever a pixel does. */
	picture() {
		return this.canvas.evaluate(async (canvas) => {
			const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
			const hash = await crypto.subtle.digest("SHA-256", data).catch(() => null);

			/* Where the page is no secure context there is no digest. */
			if (!hash)
				return data.reduce((sum, value, at) => (sum * 31 + value * (at % 7)) % 0x7fffffff, 7);
			return [...new Uint8Array(hash)].join();
		});
	}

	colours() {
		return this.canvas.evaluate((canvas) => {
			const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);

			return new Set(new Uint32Array(data.buffer)).size;
		});
	}

	/* A point of the row so many below the first, at a share of the width. */
	async point(row, share = 0.3) {
		await this.canvas.scrollIntoViewIfNeeded();
		const box = await this.canvas.boundingBox();
		const height = await this.rowHeight();

		return { x: box.x + box.width * share, y: box.y + height * (row + 0.5) };
	}

	/* The tooltip's first line tells the name: from where it changes to where it does again. */
	async rowHeight() {
		if (this.height)
			return this.height;
		const box = await this.canvas.boundingBox();
		let last = null, first = 0;

		for (let y = 2; y < Math.min(box.height, 120); y++) {
			await this.page.mouse.move(box.x + box.width * 0.3, box.y + y);
			const text = await this.tip.isVisible() ? await this.tip.innerText() : "";

			if (last !== null && text !== last) {
				if (first) {
					this.height = y - first;
					break;
				}
				first = y;
			}
			last = text;
		}
		await this.page.mouse.move(0, 0);
		return this.height = this.height || 18;
	}

	async hover(row, share) {
		const { x, y } = await this.point(row, share);

		await this.page.mouse.move(x, y);
		await this.page.mouse.move(x + 1, y);
		await frames(this.page);
		return await this.tip.isVisible() ? plain(await this.tip.innerText()) : "";
	}

	async click(row, share) {
		const { x, y } = await this.point(row, share);

		await this.page.mouse.click(x, y);
		await frames(this.page);
	}

	/* The keyboard's focus on the item of the box that is zoomed to. */
	async focus() {
		await this.tree.locator("[role=treeitem][tabindex='0']").first().focus();
	}

	/* Waits until the fragment of the URL has each of these texts. */
	async saved(...words) {
		await eventually(async () => {
			const hash = decodeURIComponent(await this.page.evaluate(() => location.hash));

			for (const word of words)
				assert.ok(hash.includes(word), `"${word}" is not in ${hash}`);
		});
	}

	async state() {
		return {
			metric: await this.metric.inputValue(),
			inverted: await this.inverted.isChecked(),
			search: await this.search.inputValue(),
			zoomed: await this.zoomed(),
			matched: plain(await this.matched.innerText()),
		};
	}
}
