/* SPDX-License-Identifier: MIT */
/*
 * What boxes look like. Origins differ by lightness, weight and border as well as by hue, changes
 * by the sign that stands in the label. The colours themselves are custom properties of
 * interactive.css, read again whenever the theme changes.
 */
const ORIGINS = {
	own: "the program's own code",
	foreign: "libraries and start-up code",
	note: "what is missing here",
};
const CHANGES = {
	"more-3": "more than doubled, or new",
	"more-2": "up to twice",
	"more-1": "up to 1¼ times",
	same: "within 2 %",
	"less-1": "down to ⅘",
	"less-2": "down to half",
	"less-3": "less than half, or gone",
};

function readColours(element) {
	const style = getComputedStyle(element);
	const colour = (name) => style.getPropertyValue(`--flame-${name}`).trim();
	const names = [
		...Object.keys(ORIGINS),
		...Object.keys(CHANGES),
		"hit",
		"edge",
		"rest",
		"all",
		"text",
		"hit-text",
		"plain",
		"plain-text",
	];

	return {
		...Object.fromEntries(names.map((name) => [name, colour(name).split(/, */)])),
		font: `12px ${style.getPropertyValue("--flame-font").trim() || "monospace"}`,
	};
}

function originOf(profile, key) {
	if (key < 0) return "all";
	const flags = profile.frames.flags[profile.keyFrames[key]];

	if (flags & FRAME_NOTE) return "note";
	return flags & (FRAME_FOREIGN | FRAME_STARTUP) ? "foreign" : "own";
}

/* By how much the larger of both runs exceeds the smaller: symmetric, and defined for 0. */
function changeOf(now, was) {
	const change = (now - was) / Math.max(now, was, 1);
	const size = Math.abs(change);

	if (size < 0.02) return "same";
	return `${change > 0 ? "more" : "less"}-${size <= 0.2 ? 1 : size <= 0.5 ? 2 : 3}`;
}

function lookOf(view, box) {
	const origin = originOf(view.profile, box.key);

	return view.profile.diff && origin !== "all" ? changeOf(box.sums[1], box.sums[2]) : origin;
}

function makeLegend(profile) {
	const looks = profile.diff ? CHANGES : ORIGINS;
	const list = make("ul", { class: "flame-legend", "aria-label": "What the colours say" });

	for (const [name, words] of Object.entries(looks))
		list.append(
			make(
				"li",
				{},
				make(
					"span",
					{ class: `swatch look-${name}`, "aria-hidden": "true" },
					profile.diff ? { m: "+", l: "−", s: "=" }[name[0]] : "",
				),
				words,
			),
		);
	return list;
}
