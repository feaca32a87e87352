/* SPDX-License-Identifier: MIT */
/*
 * A drawing made of equal cells, to be pointed at and walked over with the arrow keys. `upwards`:
 * row 0 is at the bottom. A transparent rectangle takes the events; it is an application, so that
 * screen readers leave it the arrow keys.
 */
const GRID_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function openGrid(svg, { x, y, width, height, columns, rows, upwards, label }) {
	const grid = {
		svg,
		x,
		y,
		columns,
		rows,
		upwards,
		cellWidth: width / columns,
		cellHeight: height / rows,
		cursor: { column: 0, row: 0 },
		surface: makeSvg("rect", {
			x,
			y,
			width,
			height,
			class: "pick-surface",
			tabindex: 0,
			role: "application",
			"aria-label": label,
		}),
		mark: makeSvg("rect", { class: "pick-cursor", display: "none" }),
	};

	svg.setAttribute("role", "group");
	svg.append(grid.mark, grid.surface);
	return grid;
}

function gridCell(grid, column, row) {
	const within = (at, count) => Math.max(0, Math.min(count - 1, Math.floor(at)));

	return { column: within(column, grid.columns), row: within(row, grid.rows) };
}

function gridCellUnder(grid, event) {
	const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
		grid.svg.getScreenCTM().inverse(),
	);
	const row = (point.y - grid.y) / grid.cellHeight;

	return gridCell(
		grid,
		(point.x - grid.x) / grid.cellWidth,
		grid.upwards ? grid.rows - row : row,
	);
}

/* Where an arrow key leads; undefined for other keys. */
function gridStep(grid, key) {
	const step = GRID_STEPS[key];

	return (
		step &&
		gridCell(
			grid,
			grid.cursor.column + step[0],
			grid.cursor.row + (grid.upwards ? -step[1] : step[1]),
		)
	);
}

/* Puts a rectangle over the cells from one corner to the other. */
function placeOnGrid(grid, rect, from, to = from) {
	const top = grid.upwards
		? grid.rows - 1 - Math.max(from.row, to.row)
		: Math.min(from.row, to.row);

	rect.removeAttribute("display");
	setAttributes(rect, {
		x: grid.x + Math.min(from.column, to.column) * grid.cellWidth,
		y: grid.y + top * grid.cellHeight,
		width: (Math.abs(from.column - to.column) + 1) * grid.cellWidth,
		height: (Math.abs(from.row - to.row) + 1) * grid.cellHeight,
	});
}
