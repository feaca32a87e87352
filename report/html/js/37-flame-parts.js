/* SPDX-License-Identifier: MIT */
/*
 * Around the flame graph: what to draw and how, the way to the box that is zoomed to, and the
 * sites that make most of it.
 */
const SITES_LISTED = 10;
const CRUMBS = 6;

function makeMetricChooser(metrics, change) {
	const select = make("select", { change: () => change(select.value) });

	for (const [unit, label] of [
		["bytes", "Bytes"],
		["count", "Counts"],
	]) {
		const options = metrics
			.filter((metric) => metric.unit === unit)
			.map((metric) => make("option", { value: metric.key }, metric.label));

		if (options.length) select.append(make("optgroup", { label }, ...options));
	}
	return select;
}

function makeFlameParts(flame) {
	const parts = {
		metric: makeMetricChooser(flame.profile.metrics, (key) =>
			changeView(flame, { metric: key }),
		),
		inverted: make("input", {
			type: "checkbox",
			change: () => changeView(flame, { inverted: parts.inverted.checked }),
		}),
		text: make("input", {
			type: "checkbox",
			change: () => changeView(flame, { text: parts.text.checked }),
		}),
		search: make("input", {
			type: "search",
			placeholder: "function, file or module",
			size: 24,
			"aria-keyshortcuts": "/",
			input: postpone(() => search(flame, parts.search.value), 30),
		}),
		matched: make("output", { class: "flame-matched" }),
		path: make("nav", { class: "flame-path", "aria-label": "Zoomed to" }),
		canvas: make("canvas", { role: "img" }),
		hover: make("div", { class: "flame-mark hover", hidden: true }),
		cursor: make("div", { class: "flame-mark cursor", hidden: true }),
		tree: make("ul", {
			class: "flame-tree",
			role: "tree",
			"aria-label": "Flame graph as a tree",
			"aria-description":
				"Down and up lead to what is drawn below and above, left and " +
				"right to neighbours; Enter zooms, Escape shows all",
		}),
		sites: make("section", { class: "flame-sites" }),
		tip: make("div", { class: "flame-tip", role: "tooltip", hidden: true }),
	};

	parts.space = make(
		"div",
		{ class: "flame-space" },
		parts.canvas,
		parts.hover,
		parts.cursor,
	);
	parts.scroll = make("div", { class: "flame-scroll" }, parts.space);
	parts.all = [
		make(
			"div",
			{ class: "tools" },
			make("label", {}, "Show ", parts.metric),
			make("label", {}, parts.inverted, " by allocating function"),
			make("label", {}, "Search ", parts.search),
			parts.matched,
			make("label", { class: "at-end" }, parts.text, " as text"),
		),
		parts.path,
		make("div", { class: "flame-frame" }, parts.scroll, parts.tree),
		makeLegend(flame.profile),
		parts.sites,
		parts.tip,
	];
	return parts;
}

/* A long way shows its ends; the middle is a button that shows all of it. */
function fillPath(flame, whole = false) {
	const { view, zoomed, parts } = flame;
	const path = [view.root, ...pathOf(zoomed)];
	const left = whole ? 0 : path.length - CRUMBS;
	const list = make("ol");

	path.forEach((box, at) => {
		if (left > 1 && at >= 2 && at < 2 + left) {
			if (at === 2)
				list.append(
					make(
						"li",
						{},
						makeButton(
							`… ${left} more`,
							() => fillPath(flame, true),
							{ class: "link" },
						),
					),
				);
			return;
		}
		const name = makeName(boxName(view, box), 60);

		list.append(
			make(
				"li",
				{},
				box === zoomed
					? make("span", { "aria-current": "true" }, name)
					: makeButton(name, () => zoomTo(flame, box), {
							class: "link",
						}),
			),
		);
	});
	parts.path.replaceChildren(list);
}

function fillSites(flame) {
	const { view, zoomed, parts, profile } = flame;
	const sites = sitesIn(view, zoomed);
	const list = make("ol", { class: "site-list" });

	for (const site of largest(sites, SITES_LISTED, (at) => view.values[0][at])) {
		const item = make("li");
		const value = view.values[view.part][site];

		item.append(
			makeSpan("site-value", valueText(view.metric, value)),
			makeSpan(
				"site-share",
				profile.diff
					? changeText(view.values[2][site], value)
					: shareText(value, zoomed.sums[0]),
			),
			makeSpan("verdict-word", siteVerdict(profile, site)),
			makeSiteControl(profile, site, (detail) => {
				item.append(detail);
				return detail;
			}),
		);
		list.append(item);
	}
	parts.sites.replaceChildren(
		make(
			"h3",
			{},
			view.root === zoomed ? "Largest sites" : "Largest sites in ",
			view.root === zoomed ? null : makeName(boxName(view, zoomed), 80),
		),
		make(
			"p",
			{ class: "hint" },
			`${plural(sites.length, "site")} here, by ` +
				`${view.metric.label.toLowerCase()}.`,
		),
		list,
	);
}
