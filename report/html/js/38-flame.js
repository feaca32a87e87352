/* SPDX-License-Identifier: MIT */
/*
 * The flame graph: what it shows, and what follows from a change of it. `zoomed` is the box that
 * is as wide as the view, `cursor` the one that the keyboard is on.
 */
function openFlame(profile) {
	const view = document.getElementById("flame-view");
	const metrics = profile.metrics.filter((metric) => profile.sites[metric.key]);

	if (!metrics.length || !profile.sites.node.length) {
		view.replaceChildren(
			make("p", {}, "No allocation was recorded: there is nothing to draw."),
		);
		return;
	}
	const flame = {
		profile: { ...profile, metrics },
		state: { metric: metrics[0].key, inverted: false, search: "", text: false },
		view: null,
		zoomed: null,
		cursor: null,
		rows: [],
		hits: null,
		width: 0,
	};

	flame.parts = makeFlameParts(flame);
	flame.colours = readColours(document.documentElement);
	view.replaceChildren(...flame.parts.all);
	flame.tree = openTree(flame, flame.parts.tree);
	flame.fillSites = postpone(() => fillSites(flame), 0);
	flame.paint = beforePaint(() => paintFlame(flame));
	watchInput(flame);
	renew(flame, []);
	new ResizeObserver(() => {
		if (flame.width !== flame.parts.scroll.clientWidth) arrange(flame);
	}).observe(flame.parts.scroll);
	addEventListener("resize", () => arrange(flame));
	onTheme(() => {
		flame.colours = readColours(document.documentElement);
		flame.paint();
	});
	onState("flame", (params) => restoreFlame(flame, params));
}

/* Everything again, for another metric or direction. */
function renew(flame, keys) {
	const { state, parts, profile } = flame;
	const metric =
		profile.metrics.find((one) => one.key === state.metric) || profile.metrics[0];

	state.metric = metric.key;
	parts.metric.value = metric.key;
	parts.inverted.checked = state.inverted;
	parts.text.checked = state.text;
	parts.search.value = state.search;
	parts.tree.classList.toggle("as-text", state.text);
	flame.view = openView(profile, metric, state.inverted);
	flame.hits = state.search ? matchKeys(profile, state.search) : null;
	show(flame, boxAt(flame.view, keys));
}

function show(flame, box) {
	flame.zoomed = box;
	flame.cursor = box;
	flame.parts.hover.hidden = true;
	flame.parts.tip.hidden = true;
	flame.hovered = null;
	flame.parts.scroll.scrollTop = 0;
	arrange(flame);
	fillPath(flame);
	resetTree(flame.tree, box);
	tellMatches(flame);
	flame.fillSites();
}

function arrange(flame) {
	const { parts, view, zoomed } = flame;

	flame.width = parts.scroll.clientWidth;
	flame.rows = layoutBoxes(view, zoomed, flame.width);
	const height = flame.rows.length * ROW_HEIGHT;

	flame.height = Math.min(height, Math.floor(innerHeight * 0.7));
	parts.scroll.style.setProperty("height", `${flame.height}px`);
	parts.space.style.setProperty("height", `${height}px`);
	const order = view.inverted ? "callers below callees" : "callees below callers";

	parts.canvas.setAttribute(
		"aria-label",
		`${view.metric.label}, ${order}. ${boxSentence(view, zoomed)}. ` +
			"The tree after it says the same in text.",
	);
	flame.paint();
}

function paintFlame(flame) {
	paintRows(
		flame.parts.canvas,
		{ ...flame, top: flame.parts.scroll.scrollTop },
		flame.width,
		flame.height,
	);
	placeMark(flame, flame.parts.cursor, flame.cursor);
}

function placeMark(flame, mark, box) {
	const cell = cellOf(flame.rows, flame.zoomed, box);

	if (!cell) {
		mark.hidden = true;
		return;
	}
	mark.style.setProperty("left", `${cell.x}px`);
	mark.style.setProperty("top", `${(box.depth - flame.zoomed.depth) * ROW_HEIGHT}px`);
	mark.style.setProperty("width", `${Math.max(3, cell.width)}px`);
}

/* By what the user did: remembered in the URL. */
function saveFlame(flame) {
	const { state, zoomed, profile } = flame;

	saveState("flame", {
		metric: state.metric === profile.metrics[0].key ? "" : state.metric,
		inverted: state.inverted ? 1 : "",
		focus: pathOf(zoomed)
			.map((box) => box.key.toString(36))
			.join("."),
		search: state.search,
		text: state.text ? 1 : "",
	});
}

function zoomTo(flame, box) {
	show(flame, box);
	announce(`Zoomed to ${boxSentence(flame.view, box)}`);
	saveFlame(flame);
}

function changeView(flame, change) {
	const turned = "inverted" in change;

	Object.assign(flame.state, change);
	renew(flame, turned ? [] : pathOf(flame.zoomed).map((box) => box.key));
	saveFlame(flame);
}

function search(flame, text) {
	flame.state.search = text;
	flame.hits = text ? matchKeys(flame.profile, text) : null;
	tellMatches(flame);
	flame.paint();
	saveFlame(flame);
}

/* What matches in what is shown; a stack with several matches counts once. */
function tellMatches(flame) {
	const { profile, view, zoomed, hits, parts } = flame;
	let sum = 0;

	if (!hits) {
		parts.matched.textContent = "";
		return;
	}
	const stacks = matchStacks(profile, hits);

	for (const site of sitesIn(view, zoomed))
		if (stacks[profile.sites.node[site]]) sum += view.values[view.part][site];
	const share = shareText(sum, zoomed.sums[view.part]) || "0 %";

	parts.matched.textContent =
		`matched: ${valueText(view.metric, sum)}, ${share}` +
		(zoomed === view.root ? "" : " of what is shown");
}

function restoreFlame(flame, params) {
	const { state, profile } = flame;
	const site = profile.siteOfId.get(Number(params.site));

	state.metric = params.metric || profile.metrics[0].key;
	state.inverted = params.inverted === "1";
	state.search = params.search || "";
	state.text = params.text === "1";
	if (site !== undefined) {
		showSite(flame, site);
		return;
	}
	renew(
		flame,
		(params.focus || "").split(".").map((key) => parseInt(key, 36)),
	);
}

/* Zooms as far that the end of the stack is wide enough to be read, and puts the cursor on it. */
function showSite(flame, site) {
	const { state, profile } = flame;
	const has = (key) => profile.sites[key] && profile.sites[key][site] > 0;

	if (!has(state.metric))
		state.metric = profile.metrics.map((metric) => metric.key).find(has);
	renew(flame, []);
	const end = boxAt(flame.view, keysOfSite(flame.view, site));
	const wide = [flame.view.root, ...pathOf(end)].find(
		(box) => end.sums[0] >= box.sums[0] / 5,
	);

	show(flame, wide || flame.view.root);
	flame.moveTo(end);
	saveFlame(flame);
}
