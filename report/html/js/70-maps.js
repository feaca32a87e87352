/* SPDX-License-Identifier: MIT */
/*
 * Maps of addresses: says what the stretch under the pointer, or under the cursor of the keyboard,
 * holds, and which site pins most of it.
 */
function openMaps(profile) {
	for (const figure of document.querySelectorAll(".map[data-region]")) {
		const region = (profile.regions || [])[Number(figure.dataset.region)];
		const svg = figure.querySelector("svg");
		const { columns, cell } = { ...figure.dataset, ...(svg ? svg.dataset : {}) };

		if (region && svg && columns)
			openMap(profile, region, svg, Number(columns), Number(cell));
	}
}

function stretchText(region, at) {
	const bytes = BigInt(region.pages * 4096);
	const start = BigInt(region.start) + BigInt(at) * bytes;

	return (
		`0x${start.toString(16)} to 0x${(start + bytes).toString(16)}: ` +
		`${countText(region.occupied[at])} of ${plural(region.pages, "page")} occupied, ` +
		`${bytesText(region.live[at])} live, ${bytesText(region.pinned[at])} pinned`
	);
}

function openMap(profile, region, svg, columns, side) {
	const count = region.occupied.length;
	const rows = Math.ceil(count / columns);
	const grid = openGrid(svg, {
		x: 0,
		y: 0,
		width: columns * side,
		height: rows * side,
		columns,
		rows,
		label: "Map of addresses: arrows move from stretch to stretch",
	});
	const line = make(
		"p",
		{ class: "pick-line hint" },
		"Point at the map, or use the arrow keys on it.",
	);
	const tell = (cell, aloud) => {
		const at = cell.row * columns + cell.column;
		const id = region.site[at];
		const site = id ? profile.siteOfId.get(id) : undefined;

		if (at >= count) return;
		grid.cursor = cell;
		placeOnGrid(grid, grid.mark, cell);
		line.replaceChildren(stretchText(region, at));
		if (site !== undefined)
			line.append(
				"; most by ",
				make(
					"a",
					{ href: hasCard(id) ? `#site-${id}` : `#flame?site=${id}` },
					makeSiteName(profile, site),
				),
			);
		if (aloud) announce(line.textContent);
	};

	svg.after(line);
	grid.surface.addEventListener("pointermove", (event) =>
		tell(gridCellUnder(grid, event), false),
	);
	grid.surface.addEventListener("focus", () => tell(grid.cursor, true));
	grid.surface.addEventListener("keydown", (event) => {
		const cell = gridStep(grid, event.key);

		if (!cell) return;
		event.preventDefault();
		tell(cell, true);
	});
}
