/* SPDX-License-Identifier: MIT */
/*
 * The table of sites with all of them, however many: order and filter are worked out on columns,
 * and only one page of rows is ever made.
 */
const PAGE_ROWS = 100;
const SITE_METRICS = [
	"live_bytes",
	"live_blocks",
	"leaked_bytes",
	"peak_bytes",
	"allocated_bytes",
	"allocations",
	"temporary",
	"pinned_bytes",
];

function openAllSites(profile) {
	const table = tables.get("sites");
	const count = profile.sites.id.length;

	addStacks(profile);
	if (!table || count <= table.source.total) return;
	const button = makeButton(`Show all ${countText(count)} sites`, () => {
		table.showAll();
		saveTable(table);
	});

	table.showAll = () => {
		if (table.all) return;
		table.all = true;
		button.remove();
		table.sort = "";
		table.source = allSites(profile, table);
		makeHeaders(table);
		arrangeTable(table);
	};
	table.tools.append(button);
	if ((fragment.views.tables || {}).all) restoreView("tables", false);
}

function numberColumn(key, label, column, write) {
	return {
		key,
		label,
		numeric: true,
		value: (site) => column[site],
		text: (site) => write(column[site]),
	};
}

function metricColumn(profile, metric) {
	const now = profile.sites[metric.key];
	const write = (value) => valueText(metric, value);

	if (!profile.diff) return numberColumn(metric.key, metric.label, now, write);
	const was = profile.sites.old[metric.key];

	return {
		key: metric.key,
		label: metric.label,
		numeric: true,
		value: (site) => now[site] - was[site],
		text: (site) => `${write(was[site])} → ${write(now[site])}`,
	};
}

/* The place of each string in alphabetical order: to compare numbers is quicker. */
function rankStrings(profile, frames) {
	const names = [...new Set(frames.map((frame) => profile.frames.function[frame]))];
	const ranks = new Map();

	names.sort((a, b) => (profile.strings[a] < profile.strings[b] ? -1 : 1)).forEach(
		(name, at) => ranks.set(name, at),
	);
	return frames.map((frame) => ranks.get(profile.frames.function[frame]));
}

function siteColumns(profile) {
	const { sites, verdicts, metrics } = profile;
	const nodes = sites.id.map((id, site) => siteNode(profile, site));
	const frames = nodes.map((node) => profile.nodes.frame[node]);
	const ranks = rankStrings(profile, frames);
	const columns = [numberColumn("id", "#", sites.id, (id) => (id ? `#${id}` : ""))];

	if (!profile.diff)
		columns.push({
			key: "verdict",
			label: "Verdict",
			value: (site) => sites.verdict[site],
			text: (site) => siteVerdict(profile, site),
		});
	for (const metric of metrics)
		if (SITE_METRICS.includes(metric.key) && sites[metric.key])
			columns.push(metricColumn(profile, metric));
	if (!profile.diff && sites.growth && sites.growth.some((growth) => growth))
		columns.push(
			numberColumn("growth", "Growth a second", sites.growth, (growth) =>
				growth ? signedText(growth, bytesText) : "",
			),
		);
	columns.push({
		key: "site",
		label: "Site",
		value: (site) => ranks[site],
		text: (site) => siteText(profile, site),
	});
	return { columns, verdicts: verdicts.map((verdict) => verdict.toLowerCase()) };
}

/* A site is found by any function, file or module of its stack, and by its verdict. */
function filterSites(profile, verdicts, order, filter) {
	const { sites } = profile;

	if (!filter) return order;
	const stacks = matchStacks(profile, matchKeys(profile, filter));
	const verdictHits = verdicts.map((verdict) => verdict.includes(filter));

	return order.filter(
		(site) =>
			stacks[sites.node[site]] ||
			(sites.id[site] && verdictHits[sites.verdict[site]]),
	);
}

function sortSites(profile, column, descending) {
	const order = Int32Array.from(profile.sites.id.keys());

	if (!column) return order;
	const values = Float64Array.from(order, (site) => column.value(site));
	const sign = descending ? -1 : 1;

	return order.sort((a, b) => sign * (values[a] - values[b]) || a - b);
}

function allSites(profile, table) {
	const { columns, verdicts } = siteColumns(profile);
	const body = make("tbody");
	const pages = make("p", { class: "tools pages" });
	let sorted = null;
	let sortedBy = "";
	let order = null;

	table.element.tHead.replaceChildren(
		make(
			"tr",
			{},
			...columns.map((column) =>
				make(
					"th",
					{ scope: "col", class: column.numeric ? "n" : "" },
					column.label,
				),
			),
		),
	);
	for (const old of [...table.element.tBodies]) old.remove();
	table.element.append(body);
	table.filter.placeholder = "anywhere in the stack";
	const wide = table.element.closest(".wide") || table.element;
	const more = wide.nextElementSibling;

	if (more && more.matches(".more")) more.remove();
	wide.after(pages);

	const showPage = (page) => {
		const first = page * PAGE_ROWS;
		const last = Math.min(order.length, first + PAGE_ROWS);

		body.replaceChildren(
			...Array.from(order.subarray(first, last), (site) =>
				makeSiteRow(profile, columns, site),
			),
		);
		pages.replaceChildren(
			makeButton("Previous", () => showPage(page - 1), { disabled: page === 0 }),
			order.length
				? `${countText(first + 1)} to ${countText(last)} of ` +
						countText(order.length)
				: "No site matches",
			makeButton("Next", () => showPage(page + 1), {
				disabled: last === order.length,
			}),
		);
	};

	return {
		columns,
		total: profile.sites.id.length,
		arrange(key, descending, filter) {
			const by = `${key} ${descending}`;

			/* Typing into the filter sorts nothing again. */
			if (sortedBy !== by)
				sorted = sortSites(
					profile,
					columns.find((one) => one.key === key),
					descending,
				);
			sortedBy = by;
			order = filterSites(profile, verdicts, sorted, filter);
			showPage(0);
			return order.length;
		},
		lines() {
			return Array.from(order, (site) =>
				columns.map((column) =>
					column.numeric ? column.value(site) : column.text(site),
				),
			);
		},
	};
}

function makeSiteRow(profile, columns, site) {
	const row = make("tr", { "data-site": profile.sites.id[site] });

	for (const column of columns)
		row.append(
			column.numeric
				? make(
						"td",
						{ class: "n", "data-v": column.value(site) },
						column.text(site),
					)
				: make("td", {}, column.text(site)),
		);
	const where = row.lastElementChild;

	where.replaceChildren(makeSiteControl(profile, site, placeBelowRow(where)));
	return row;
}
