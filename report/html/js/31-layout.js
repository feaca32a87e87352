/* SPDX-License-Identifier: MIT */
/*
 * Where boxes are drawn: row by row from the box that is zoomed to, which is as wide as the view.
 * Boxes narrower than a pixel are not made at all; what is left of a row for them is one grey
 * sliver (box null), so that it does not look like memory without callees.
 */
const LEAST_WIDTH = 1;
const ROW_HEIGHT = 21;

function layoutBoxes(view, zoomed, width) {
	const rows = [];
	let row = zoomed.sums[0] ? [{ box: zoomed, x: 0, width }] : [];

	while (row.length) {
		rows.push(row);
		row = layoutBelow(view, row);
	}
	return rows;
}

function layoutBelow(view, above) {
	const row = [];

	for (const { box, x, width } of above) {
		if (!box) continue;
		const scale = width / box.sums[0];
		let at = x;
		let rest = 0;

		for (const child of childrenOf(view, box)) {
			const childWidth = child.sums[0] * scale;

			if (childWidth >= LEAST_WIDTH)
				row.push({ box: child, x: at, width: childWidth });
			else rest += childWidth;
			if (childWidth >= LEAST_WIDTH) at += childWidth;
		}
		if (rest >= LEAST_WIDTH) row.push({ box: null, x: at, width: rest });
	}
	return row;
}

/* The cell of a row under x, or undefined. */
function cellAt(row, x) {
	let low = 0;
	let high = row.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (row[middle].x + row[middle].width <= x) low = middle + 1;
		else high = middle;
	}
	return low < row.length && row[low].x <= x ? row[low] : undefined;
}

function cellOf(rows, zoomed, box) {
	const row = rows[box.depth - zoomed.depth];

	return row && row.find((cell) => cell.box === box);
}

/* The box that an arrow key leads to, among those drawn; null: none. */
function neighbour(rows, zoomed, box, key) {
	const depth = box.depth - zoomed.depth;
	const drawn = (rows[depth] || []).filter((cell) => cell.box);
	const at = drawn.findIndex((cell) => cell.box === box);

	if (key === "ArrowUp") return box.parent;
	if (key === "ArrowDown") {
		const below = (rows[depth + 1] || []).find(
			(cell) => cell.box && cell.box.parent === box,
		);

		return below ? below.box : null;
	}
	const next = drawn[at + (key === "ArrowRight" ? 1 : -1)];

	return at >= 0 && next ? next.box : null;
}
