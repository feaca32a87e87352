/* SPDX-License-Identifier: MIT */
/*
 * Selecting in the heat map, by pointer or keyboard, and listing the sites of what is selected:
 * from the cell where the selection began (anchor; null: none did) to the cursor.
 */
const LEXIS_SITES = 50;
const LEXIS_HINT = "Drag over the map, or use the arrow keys on it, to list the sites.";

function openLexis(profile) {
	const svg = document.querySelector("#lexis svg");
	const { lexis } = profile;

	if (!lexis || !svg || svg.dataset.x0 === undefined) return;
	const pick = {
		profile,
		lexis,
		anchor: null,
		frame: makeSvg("rect", { class: "pick-frame", display: "none" }),
		grid: openGrid(svg, {
			x: Number(svg.dataset.x0),
			y: Number(svg.dataset.y0),
			width: Number(svg.dataset.w),
			height: Number(svg.dataset.h),
			columns: lexis.birth_ns.length,
			rows: lexis.ages.length,
			upwards: true,
			label:
				"Select by birth and age: arrows move, with Shift they extend, " +
				"Enter lists the sites, Escape clears",
		}),
		line: make("p", { class: "pick-line hint" }, LEXIS_HINT),
		list: make("div"),
	};

	pick.grid.surface.before(pick.frame);
	document.getElementById("lexis").after(pick.line, pick.list);
	watchPick(pick);
	onState("lexis", (params) => restorePick(pick, params));
}

function rangeOf({ anchor, grid }, cell = grid.cursor) {
	const from = anchor || cell;
	const sorted = (a, b) => [Math.min(a, b), Math.max(a, b)];

	return { births: sorted(from.column, cell.column), ages: sorted(from.row, cell.row) };
}

function tellRange(pick, range, aloud) {
	const { all } = sumCells(pick.lexis, range);
	const text = `${rangeText(pick.lexis, range)}: ${sumText(all)}.`;

	pick.line.textContent = text;
	if (aloud) announce(text);
}

function movePick(pick, cell, extend) {
	const { grid } = pick;

	pick.anchor = extend ? pick.anchor || grid.cursor : null;
	grid.cursor = cell;
	placeOnGrid(grid, grid.mark, cell);
	if (extend) placeOnGrid(grid, pick.frame, pick.anchor, cell);
	tellRange(pick, rangeOf(pick), true);
}

function watchPick(pick) {
	const { grid } = pick;
	let dragging = false;

	grid.surface.addEventListener("pointerdown", (event) => {
		dragging = true;
		grid.surface.setPointerCapture(event.pointerId);
		pick.anchor = null;
		grid.cursor = gridCellUnder(grid, event);
	});
	grid.surface.addEventListener("pointermove", (event) => {
		const cell = gridCellUnder(grid, event);

		if (dragging) movePick(pick, cell, true);
		else if (!pick.list.firstChild)
			tellRange(pick, rangeOf({ ...pick, anchor: null }, cell), false);
	});
	grid.surface.addEventListener("pointerup", () => {
		dragging = false;
		listPick(pick);
		savePick(pick);
	});
	grid.surface.addEventListener("pointercancel", () => {
		dragging = false;
	});
	grid.surface.addEventListener("keydown", (event) => {
		const cell = gridStep(grid, event.key);

		if (cell) movePick(pick, cell, event.shiftKey);
		else if (event.key === "Enter") listPick(pick);
		else if (event.key === "Escape") clearPick(pick);
		else return;
		event.preventDefault();
		if (!cell) savePick(pick);
	});
}

function clearPick(pick) {
	pick.anchor = null;
	pick.frame.setAttribute("display", "none");
	pick.grid.mark.setAttribute("display", "none");
	pick.list.replaceChildren();
	pick.line.textContent = LEXIS_HINT;
}

function listPick(pick) {
	const range = rangeOf(pick);

	placeOnGrid(pick.grid, pick.frame, pick.anchor || pick.grid.cursor, pick.grid.cursor);
	pick.grid.mark.setAttribute("display", "none");
	tellRange(pick, range, true);
	fillPick(pick, sumCells(pick.lexis, range));
}

function savePick(pick) {
	const { births, ages } = rangeOf(pick);

	saveState(
		"lexis",
		pick.list.firstChild ? { births: births.join("-"), ages: ages.join("-") } : {},
	);
}

function restorePick(pick, params) {
	const [births, ages] = [params.births, params.ages].map((text) =>
		(text || "").split("-").map(Number),
	);
	const { columns, rows } = pick.grid;

	if (!(
		births[0] <= births[1] &&
		births[1] < columns &&
		ages[0] <= ages[1] &&
		ages[1] < rows
	))
		return;
	pick.anchor = { column: births[0], row: ages[0] };
	pick.grid.cursor = { column: births[1], row: ages[1] };
	listPick(pick);
}

function fillPick(pick, { all, sites }) {
	const { profile } = pick;
	const body = make("tbody");
	const number = (value, text) =>
		make("td", { class: "n", "data-v": value }, value ? text : "–");
	const addRow = (sum, name) => {
		const row = make("tr", {}, name);

		row.append(
			number(sum.bytes, bytesText(sum.bytes)),
			number(sum.bytes, shareText(sum.bytes, all.bytes)),
			number(sum.blocks, countText(sum.blocks)),
			number(sum.liveBytes, bytesText(sum.liveBytes)),
			number(sum.liveBlocks, countText(sum.liveBlocks)),
		);
		body.append(row);
	};
	const rest = emptySum(0);

	sites.slice(LEXIS_SITES).forEach((sum) => addSum(rest, sum));
	for (const sum of sites.slice(0, LEXIS_SITES)) {
		const site = profile.siteOfId.get(sum.id);
		const name = make("th", { scope: "row" });

		name.append(
			sum.id && site !== undefined
				? makeSiteControl(profile, site, placeBelowRow(name))
				: sum.id
					? `site ${sum.id}`
					: "smaller sites",
		);
		addRow(sum, name);
	}
	if (rest.blocks)
		addRow(
			rest,
			make("th", { scope: "row" }, `${sites.length - LEXIS_SITES} further sites`),
		);
	const head = make(
		"tr",
		{},
		...["Site", "Bytes", "Share", "Blocks", "Still live", "Blocks of it"].map(
			(text, at) => make("th", { scope: "col", class: at ? "n" : null }, text),
		),
	);

	pick.list.replaceChildren(
		make(
			"div",
			{ class: "wide" },
			make(
				"table",
				{ class: "pick-table" },
				make("caption", {}, "Sites of the selected blocks"),
				make("thead", {}, head),
				body,
			),
		),
		makeButton(
			"Clear selection",
			() => {
				clearPick(pick);
				savePick(pick);
			},
			{ class: "tool" },
		),
	);
}
