/* SPDX-License-Identifier: MIT */
/*
 * Tables that can be sorted, filtered and copied. What the rows are is the affair of a source:
 * those of the page (51-static-rows.js) or all sites (52-all-sites.js). A source has columns
 * (key, label, numeric), arrange(key, descending, filter), which shows the rows and returns how
 * many there are, and lines(), the rows shown as arrays of exact values.
 */
const tables = new Map();

function openTables() {
	for (const element of document.querySelectorAll("table.sortable")) openTable(element);
	onState("tables", (params) => {
		const table = tables.get(params.name);

		if (!table) return null;
		if (params.all && table.showAll) table.showAll();
		Object.assign(table, {
			sort: params.sort || "",
			descending: params.dir === "desc",
		});
		table.filter.value = params.filter || "";
		arrangeTable(table);
		return table.tools;
	});
}

function openTable(element) {
	const table = {
		element,
		name: element.dataset.name || element.id,
		sort: "",
		descending: true,
		all: false,
		source: staticRows(element),
		filter: make("input", {
			type: "search",
			size: 18,
			input: postpone(() => changeTable(table, {}), 120),
		}),
		count: makeSpan("row-count"),
		tools: make("p", { class: "tools table-tools" }),
	};
	const copy = makeButton("Copy as TSV", () => copyText(tableText(table), copy));

	table.tools.append(make("label", {}, "Filter ", table.filter), table.count, copy);
	(element.closest(".wide") || element).before(table.tools);
	makeHeaders(table);
	tables.set(table.name, table);
}

function makeHeaders(table) {
	const headers = [...table.element.tHead.rows[0].cells];

	headers.forEach((header, at) => {
		const { key, numeric } = table.source.columns[at];

		/* A button without a name would be read out as one. */
		if (!header.textContent) return;
		header.replaceChildren(
			makeButton(make("span", {}, ...header.childNodes), () =>
				changeTable(table, {
					sort: key,
					descending:
						table.sort === key ? !table.descending : numeric,
				}),
			),
		);
	});
}

function changeTable(table, change) {
	Object.assign(table, change);
	announce(`${arrangeTable(table)} shown`);
	saveTable(table);
}

function saveTable(table) {
	saveState("tables", {
		name: table.name,
		sort: table.sort,
		dir: table.sort && table.descending ? "desc" : "",
		filter: table.filter.value,
		all: table.all ? 1 : "",
	});
}

function arrangeTable(table) {
	const { source, sort, descending, filter } = table;
	const count = source.arrange(sort, descending, filter.value.toLowerCase());
	const text = `${countText(count)} of ${plural(source.total, "row")}`;

	[...table.element.tHead.rows[0].cells].forEach((header, at) => {
		if (sort && source.columns[at].key === sort)
			header.setAttribute("aria-sort", descending ? "descending" : "ascending");
		else header.removeAttribute("aria-sort");
	});
	table.count.textContent = filter.value ? text : "";
	return text;
}

function tableText({ source }) {
	const clean = (value) => String(value).replace(/\s+/g, " ").trim();

	return [source.columns.map((column) => column.label), ...source.lines()]
		.map((line) => `${line.map(clean).join("\t")}\n`)
		.join("");
}
