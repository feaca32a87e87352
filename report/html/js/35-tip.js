/* SPDX-License-Identifier: MIT */
/*
 * The tooltip of a box, and the words it shares with the tree for those who do not see it.
 */
function boxAmount(view, box) {
	const [width, now, was] = box.sums;

	if (!view.profile.diff) return valueText(view.metric, width);
	return (
		`${valueText(view.metric, was)} → ${valueText(view.metric, now)}, ` +
		`${signedText(now - was, (value) => valueText(view.metric, value))} ` +
		`(${changeText(was, now)})`
	);
}

/* Shares are of the new run, when there are two. */
function boxShares(view, box) {
	const { part } = view;
	const own = box.sums[part];
	const above = view.inverted ? (box.depth === 1 ? "all" : "its callee") : "its caller";

	if (!box.parent) return "";
	return (
		`${shareText(own, view.root.sums[part]) || "0 %"} of all, ` +
		`${shareText(own, box.parent.sums[part]) || "0 %"} of ${above}`
	);
}

function boxSentence(view, box) {
	const shares = boxShares(view, box);

	return (
		`${shorten(boxName(view, box), 120)}: ${boxAmount(view, box)}` +
		(shares ? `, ${shares}` : "")
	);
}

function fillTip(tip, view, box) {
	const { profile } = view;
	const module = box.key < 0 ? "" : frameText(profile, profile.keyFrames[box.key]).module;
	const origin = originOf(profile, box.key);
	const places = boxPlaces(view, box);
	const line = (name, text) =>
		text ? make("p", { class: name }, make("bdi", {}, text)) : null;

	tip.replaceChildren(
		...[
			line("tip-name", shorten(nameOf(profile, box.key), 1000)),
			line(
				"tip-value",
				`${boxAmount(view, box)} ${view.metric.label.toLowerCase()}`,
			),
			line("tip-share", boxShares(view, box)),
			line("tip-place", shorten(places)),
			line("tip-place", shorten(module)),
			ORIGINS[origin] ? line("tip-origin", ORIGINS[origin]) : null,
		].filter(Boolean),
	);
}

/* Beside a point of the window, and inside it. */
function placeTip(tip, x, y) {
	tip.hidden = false;
	const { width, height } = tip.getBoundingClientRect();
	const left = Math.max(4, Math.min(x + 14, innerWidth - width - 12));
	const top = y + 18 + height > innerHeight ? Math.max(4, y - height - 12) : y + 18;

	tip.style.setProperty("left", `${left}px`);
	tip.style.setProperty("top", `${top}px`);
}
