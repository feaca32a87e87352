/* SPDX-License-Identifier: MIT */
/*
 * Allocation sites: how they are called, where they are, and how a reader gets to them. A site
 * with a card on the page is a link to it; any other opens its stack where it stands.
 */
const CALLERS = 2;
const NOT_OWN = FRAME_FOREIGN | FRAME_NOTE | FRAME_STARTUP;

function frameText(profile, frame) {
	const { frames, strings } = profile;
	const file = strings[frames.file[frame]];

	return {
		function: strings[frames.function[frame]],
		place: file && frames.line[frame] ? `${file}:${frames.line[frame]}` : file,
		module: strings[frames.module[frame]],
		own: !(frames.flags[frame] & NOT_OWN),
	};
}

/* A site is called after the innermost frame of the program's own code: the node of it. */
function siteNode(profile, site) {
	const { frames, nodes, parents } = profile;
	const end = profile.sites.node[site];

	for (let node = end; node; node = parents[node])
		if (!(frames.flags[nodes.frame[node]] & NOT_OWN)) return node;
	return end;
}

function nodeName(profile, node) {
	return node ? frameText(profile, profile.nodes.frame[node]).function : "(no call stack)";
}

function siteText(profile, site) {
	return nodeName(profile, siteNode(profile, site));
}

function siteVerdict(profile, site) {
	return profile.sites.id[site] ? profile.verdicts[profile.sites.verdict[site]] : "";
}

function baseName(path) {
	return path.slice(path.lastIndexOf("/") + 1);
}

/* The function, and dim the place in the source and who called it: many have the same name. */
function makeSiteName(profile, site) {
	const node = siteNode(profile, site);
	const { place } = node ? frameText(profile, profile.nodes.frame[node]) : { place: "" };
	const name = makeSpan("site-name", makeName(nodeName(profile, node), 160));
	let callers = "";

	if (place)
		name.append(
			make(
				"bdi",
				{ class: "place", title: shorten(place) },
				shorten(baseName(place), 80),
			),
		);
	for (
		let i = 0, at = profile.parents[node];
		at && i < CALLERS;
		i++, at = profile.parents[at]
	)
		callers += `‹ ${shorten(withoutArguments(nodeName(profile, at)), 40)} `;
	if (callers) name.append(makeSpan("callers", make("bdi", {}, callers)));
	return name;
}

function makeStack(profile, site) {
	const list = make("ol", { class: "site-stack" });

	for (let node = profile.sites.node[site]; node; node = profile.parents[node]) {
		const frame = frameText(profile, profile.nodes.frame[node]);
		const module = baseName(frame.module);
		const named = frame.function.startsWith(`${module}+`);

		list.append(
			make(
				"li",
				{ class: frame.own ? "own" : "foreign" },
				makeName(frame.function),
				make(
					"bdi",
					{ class: "place" },
					shorten(frame.place || (named ? "" : module)),
				),
			),
		);
	}
	return list;
}

function flameLink(profile, site) {
	return make(
		"a",
		{ href: `#flame?site=${profile.sites.id[site]}`, class: "tool" },
		"Show in flame graph",
	);
}

function makeSiteDetail(profile, site) {
	const id = profile.sites.id[site];

	return make(
		"div",
		{ class: "site-detail" },
		makeStack(profile, site),
		id ? flameLink(profile, site) : null,
	);
}

function hasCard(id) {
	return id !== 0 && document.getElementById(`site-${id}`) !== null;
}

/* A link to the card, or a button that has `place(detail)` put the stack where it fits and later
 * takes it away. Without a site (a table may name one that was folded): its text alone. */
function makeSiteControl(profile, site, place) {
	const id = profile.sites.id[site];
	let detail = null;

	if (hasCard(id)) return make("a", { href: `#site-${id}` }, makeSiteName(profile, site));
	if (!id) return make("span", {}, siteText(profile, site));
	const button = makeButton(
		makeSiteName(profile, site),
		() => {
			if (detail && detail.isConnected) {
				detail.remove();
				detail = null;
			} else {
				detail = place(makeSiteDetail(profile, site));
			}
			button.setAttribute("aria-expanded", detail !== null);
		},
		{ class: "link", "aria-expanded": "false" },
	);

	return button;
}

/* For tables: the stack becomes a row of its own below. */
function placeBelowRow(cell) {
	return (detail) => {
		const row = cell.parentElement;
		const below = make(
			"tr",
			{ class: "detail-row" },
			make("td", { colspan: row.cells.length }, detail),
		);

		row.after(below);
		return below;
	};
}

/* The `count` largest of `list` by `value`, largest first, without sorting all. */
function largest(list, count, value) {
	const top = [];

	for (const item of list) {
		const size = value(item);

		if (!size || (top.length === count && size <= top[count - 1].size)) continue;
		let at = top.length;

		while (at && top[at - 1].size < size) at--;
		top.splice(at, 0, { item, size });
		if (top.length > count) top.pop();
	}
	return top.map(({ item }) => item);
}

/* Every card leads to where its stack is in the flame graph. */
function linkCards(profile) {
	for (const card of document.querySelectorAll("article.card[data-site]")) {
		const site = profile.siteOfId.get(Number(card.dataset.site));

		if (site !== undefined)
			card.append(make("p", { class: "tools" }, flameLink(profile, site)));
	}
}
