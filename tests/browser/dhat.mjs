/* SPDX-License-Identifier: MIT */
/*
 * dhat.mjs - gives a file to Valgrind's viewer of DHAT's files and prints what it understood, as JSON.
 * Usage: node dhat.mjs DH_VIEW.html FILE
 *
 * text: the page. root: its sums over all program points. points: the sums of each leaf of its tree,
 * with the texts of its frames. Exit status 1 and what the page says if it does not take the file.
 */
import { resolve } from "node:path";

import { Browser } from "./browser.mjs";

const [view, path] = process.argv.slice(2);
const browser = new Browser(resolve(view));

/* Runs in the page, whose scripts keep the tree in variables of theirs. */
function read() {
	const sums = (node) => Object.fromEntries(
		["totalBytes", "totalBlocks", "totalLifetimes", "maxBytes", "maxBlocks", "atTGmaxBytes",
			"atTGmaxBlocks", "atTEndBytes", "atTEndBlocks"]
			.map((name) => [name, node[`_${name}`]]));
	const points = [];
	const walk = (node, before) => {
		const frames = [...before, ...node._frames];

		for (const kid of node._kids || [])
			walk(kid, frames);
		if (!node._kids)
			points.push({ ...sums(node), frames: frames.map((i) => gData.ftbl[i]) });
	};

	walk(gRoot, []);
	return {
		text: document.querySelector("pre").textContent,
		root: sums(gRoot),
		points,
	};
}

try {
	const page = await browser.open({ ours: false, allow: /\/dh_view\.(css|js)$/ });

	await page.setInputFiles("input[type=file]", resolve(path));
	await page.waitForSelector("pre, .error", { timeout: 40000 });
	const error = await page.locator(".error").allTextContents();

	if (error.length)
		throw new Error(error.join("\n"));
	console.log(JSON.stringify(await page.evaluate(read)));
} catch (error) {
	console.log(error.stack || String(error));
	process.exitCode = 1;
} finally {
	await browser.stop();
}
