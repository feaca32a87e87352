/* SPDX-License-Identifier: MIT */
/*
 * run.mjs - one check of an HTML report in Chromium. Usage: node run.mjs GROUP/NAME REPORT.html [FACTS.json]
 *
 * GROUP is a file in checks/, NAME a function that it exports; it is given what is below. FACTS is
 * the report on the same trace in JSON. Exit status 1 and what is wrong, if anything is. Lines that
 * begin with "NOTE " are figures for people to read.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Browser } from "./browser.mjs";

const [check, path, facts] = process.argv.slice(2);
const [group, name] = check.split("/");
const work = (await import(`./checks/${group}.mjs`))[name];

if (!work)
	throw new Error(`checks/${group}.mjs has no ${name}`);
const browser = new Browser(resolve(path));

try {
	await work({
		browser,
		path: resolve(path),
		facts: facts && JSON.parse(readFileSync(facts, "utf8")),
	});
} catch (error) {
	console.log(error.stack || String(error));
	process.exitCode = 1;
} finally {
	await browser.stop();
}
