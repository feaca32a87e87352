/* SPDX-License-Identifier: MIT */
/*
 * The rows of a table as they are on the page. Exact numbers are in data-v; a row of details,
 * put below another by a click, is closed before rows are moved.
 */
function exactOf(cell) {
	return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
}

/* For a spreadsheet, which has no number for what is infinite. */
function copyOf(cell) {
	const value = exactOf(cell);

	return value === Infinity ? cell.textContent : value;
}

function staticRows(element) {
	const rows = [...element.tBodies].flatMap((body) => [...body.rows]);
	const columns = [...element.tHead.rows[0].cells].map((header, at) => ({
		key:
			header.dataset.key ||
			header.textContent
				.trim()
				.toLowerCase()
				.replace(/[^a-z0-9]+/g, "_"),
		label: header.textContent,
		numeric: rows.some((row) => row.cells[at] && row.cells[at].dataset.v !== undefined),
	}));
	const texts = new Map();
	const textOf = (row) => {
		if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
		return texts.get(row);
	};
	const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

	return {
		columns,
		total: rows.length,
		arrange(key, descending, filter) {
			const at = columns.findIndex((column) => column.key === key);
			const value = (row) => (row.cells[at] ? exactOf(row.cells[at]) : "");
			const sorted =
				at < 0
					? rows
					: [...rows].sort(
							(a, b) =>
								(descending ? -1 : 1) *
								compare(value(a), value(b)),
						);

			for (const detail of element.querySelectorAll(".detail-row"))
				detail.remove();
			for (const row of rows)
				row.hidden = filter !== "" && !textOf(row).includes(filter);
			element.tBodies[0].append(...sorted);
			return rows.filter((row) => !row.hidden).length;
		},
		lines() {
			return [...element.tBodies[0].rows]
				.filter((row) => !row.hidden && !row.matches(".detail-row"))
				.map((row) => [...row.cells].map(copyOf));
		},
	};
}

/* The stack of a site that has no card opens below its row. */
function addStacks(profile) {
	for (const row of document.querySelectorAll("table.sortable tr[data-site]")) {
		const site = profile.siteOfId.get(Number(row.dataset.site));
		const cell =
			row.querySelector("td.site") ||
			[...row.cells].find((one) => one.dataset.v === undefined);

		if (site === undefined || !cell || row.querySelector("a[href^='#site-']")) continue;
		const control = makeSiteControl(profile, site, placeBelowRow(cell));

		if (control.matches("button")) {
			control.replaceChildren(...cell.childNodes);
			cell.append(control);
		}
	}
}
