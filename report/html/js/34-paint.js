/* SPDX-License-Identifier: MIT */
/*
 * Drawing the rows that are in sight on a canvas as large as the view, in device pixels. The
 * canvas stays in place while the view scrolls over all rows: browsers limit how high a canvas
 * may be, stacks are not limited.
 */
const PADDING = 4;

function fitCanvas(canvas, width, height) {
	const ratio = devicePixelRatio || 1;

	canvas.width = Math.round(width * ratio);
	canvas.height = Math.round(height * ratio);
	canvas.style.setProperty("width", `${width}px`);
	canvas.style.setProperty("height", `${height}px`);
	const context = canvas.getContext("2d");

	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	return context;
}

/* `scene`: view, rows, hits (by key; null without a search), colours, top (scrolled by). */
function paintRows(canvas, scene, width, height) {
	const context = fitCanvas(canvas, width, height);
	const pen = { context, ...scene, advance: 0 };
	const first = Math.max(0, Math.floor(scene.top / ROW_HEIGHT));
	const last = Math.min(scene.rows.length, Math.ceil((scene.top + height) / ROW_HEIGHT));

	context.textBaseline = "middle";
	context.font = scene.colours.font;
	pen.advance = context.measureText("m").width;
	for (let row = first; row < last; row++)
		for (const cell of scene.rows[row])
			paintCell(pen, cell, row * ROW_HEIGHT - scene.top);
}

function paintCell(pen, { box, x, width }, y) {
	const { context, colours, view, hits } = pen;
	/* The gap between boxes is their border. */
	const w = Math.max(0.5, width - (width > 3 ? 1 : 0));
	const h = ROW_HEIGHT - 1;

	if (!box) {
		context.fillStyle = colours.rest[0];
		context.fillRect(x, y, w, h);
		return;
	}
	const look = lookOf(view, box);
	const origin = originOf(view.profile, box.key);
	const hit = hits && box.key >= 0 && hits[box.key];
	const shades = hit ? colours.hit : hits && box.key >= 0 ? colours.plain : colours[look];

	context.fillStyle = shades[box.key % shades.length] || shades[0];
	context.fillRect(x, y, w, h);
	if (hit || (origin === "note" && width > 6))
		paintBorder(pen, x, y, w, h, hit ? [] : [3, 2]);
	else if (origin === "own" && width > 14 && !hits) paintEdge(pen, x, y, h);
	if (width > 4 * PADDING)
		paintLabel(pen, box, x + (origin === "own" ? PADDING + 2 : PADDING), y, w, {
			bold: origin === "own",
			italic: origin === "note",
			colour: hit
				? colours["hit-text"][0]
				: hits
					? colours["plain-text"][0]
					: colours.text[0],
		});
}

function paintEdge({ context, colours }, x, y, h) {
	context.fillStyle = colours.edge[0];
	context.fillRect(x, y, 2, h);
}

function paintBorder({ context, colours }, x, y, w, h, dashes) {
	context.strokeStyle = colours.edge[0];
	context.lineWidth = 1;
	context.setLineDash(dashes);
	context.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
	context.setLineDash([]);
}

function paintLabel(pen, box, x, y, width, { bold, italic, colour }) {
	const { context, view, colours } = pen;
	const room = width - 2 * PADDING - (bold ? 2 : 0);
	const text = fitText(pen, boxLabel(view, box, Math.floor(room / pen.advance)), room);

	if (!text) return;
	context.font = `${italic ? "italic " : ""}${bold ? "bold " : ""}${colours.font}`;
	context.fillStyle = colour;
	context.fillText(text, x, y + ROW_HEIGHT / 2);
	const value = valueText(view.metric, box.sums[view.part]);
	const used = context.measureText(text).width;

	/* The value only where the name leaves it room. */
	if (used + (value.length + 2) * pen.advance < room) {
		context.font = colours.font;
		context.textAlign = "right";
		context.fillText(value, x + room, y + ROW_HEIGHT / 2);
		context.textAlign = "left";
	}
}

/* Cut by the width of letters of the fixed width, then, for those that are wider, by measure. */
function fitText({ context, advance }, text, room) {
	let length = Math.floor(room / advance);

	if (text.length <= length && !/[^ -~]/.test(text)) return text;
	if (length < 4) return "";
	length = Math.min(length, text.length);
	while (length > 1) {
		const cut = length < text.length ? `${text.slice(0, length - 1)}…` : text;

		if (!/[^ -~…]/.test(cut) || context.measureText(cut).width <= room) return cut;
		length -= Math.max(1, length >> 3);
	}
	return "";
}
