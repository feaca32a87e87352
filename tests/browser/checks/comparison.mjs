/* SPDX-License-Identifier: MIT */
/* comparison.mjs - the page of two runs that are compared. */
import assert from "node:assert/strict";

import * as access from "./access.mjs";
import * as safety from "./safety.mjs";
import { sortTables } from "./views.mjs";

const KINDS = ["appeared", "grew", "turned", "shrank", "vanished"];

export async function without_scripts({ browser }) {
	await safety.without_scripts({ browser },
		["header#top", "#findings", ...KINDS.map((kind) => `#table-${kind}`)]);
}

/* By numbers where a heading stands above numbers, also "from 0" and what is infinite. */
export async function sorting({ browser }) {
	const page = await browser.open();

	await sortTables(page.locator("main table.sortable"));
}

/* However long the command is, the verdict is on the first screen, and the rest can be scrolled to. */
export async function verdict({ browser }) {
	const page = await browser.open();
	const high = page.locator(".facts.high");

	assert.equal(await high.count(), 2, "commands of 64 KiB");
	const { y, height } = await page.locator(".verdict").boundingBox();

	assert.ok(y + height < 600, `the verdict is ${y} below`);
	await high.first().focus();
	await page.keyboard.press("End");
	await page.waitForFunction(() => document.querySelector(".facts.high").scrollTop > 0);
}

export async function keyboard({ browser }) {
	await access.tab_order({ browser }, ["views", "findings"]);
}
