/* SPDX-License-Identifier: MIT */
/*
 * Pointer and keyboard on the flame graph. The keyboard's focus is on an item of the tree; arrows
 * go from box to box as they are drawn, or along the tree while that is shown as text.
 */
function watchInput(flame) {
	const { parts } = flame;

	flame.moveTo = (box) => moveTo(flame, box);
	flame.showCursor = () => {
		parts.cursor.hidden = false;
		placeMark(flame, parts.cursor, flame.cursor);
	};
	flame.hideCursor = () => {
		parts.cursor.hidden = true;
		parts.tip.hidden = true;
	};
	parts.scroll.addEventListener("scroll", flame.paint);
	addEventListener("scroll", () => parts.tip.hidden || tipAtCursor(flame), true);
	parts.scroll.addEventListener("pointermove", (event) => hover(flame, event));
	parts.scroll.addEventListener("pointerleave", () => {
		parts.hover.hidden = true;
		parts.tip.hidden = true;
	});
	parts.scroll.addEventListener("click", (event) => {
		const box = boxUnder(flame, event);

		if (!box) return;
		zoomTo(flame, box === flame.zoomed && box.parent ? box.parent : box);
		flame.tree.current.focus({ preventScroll: true });
	});
	parts.tree.addEventListener("keydown", (event) => pressKey(flame, event));
	document.addEventListener("keydown", (event) => {
		if (
			event.key === "/" &&
			!event.ctrlKey &&
			!event.metaKey &&
			!isTyping(event.target)
		) {
			event.preventDefault();
			parts.search.focus();
		}
	});
}

function boxUnder(flame, event) {
	const frame = flame.parts.space.getBoundingClientRect();
	const row = flame.rows[Math.floor((event.clientY - frame.top) / ROW_HEIGHT)];
	const cell = row && cellAt(row, event.clientX - frame.left);

	return cell ? cell.box : null;
}

function hover(flame, event) {
	const { parts } = flame;
	const box = boxUnder(flame, event);

	parts.hover.hidden = !box;
	parts.tip.hidden = !box;
	if (!box) return;
	if (box !== flame.hovered) fillTip(parts.tip, flame.view, box);
	flame.hovered = box;
	placeMark(flame, parts.hover, box);
	placeTip(parts.tip, event.clientX, event.clientY);
}

function moveTo(flame, box) {
	const { parts, tree } = flame;
	const depth = box.depth - flame.zoomed.depth;

	if (depth < 0) {
		zoomTo(flame, box);
		tree.current.focus({ preventScroll: true });
		return;
	}
	flame.cursor = box;
	selectItem(tree, box);
	tree.current.focus({ preventScroll: !flame.state.text });
	const top = depth * ROW_HEIGHT;

	if (
		top < parts.scroll.scrollTop ||
		top + ROW_HEIGHT > parts.scroll.scrollTop + flame.height
	)
		parts.scroll.scrollTop = top - flame.height / 2;
	flame.showCursor();
	fillTip(parts.tip, flame.view, box);
	flame.hovered = null;
	tipAtCursor(flame);
}

/* While the keyboard is in use; what the pointer asked for goes when the page moves under it. */
function tipAtCursor({ parts, state, hovered, cursor, zoomed }) {
	const mark = parts.cursor.getBoundingClientRect();

	if (
		hovered ||
		state.text ||
		parts.cursor.hidden ||
		cursor === zoomed ||
		mark.top < 0 ||
		mark.bottom > innerHeight
	)
		parts.tip.hidden = true;
	else placeTip(parts.tip, Math.max(0, mark.left), mark.bottom - 12);
}

function pressKey(flame, event) {
	const { cursor, rows, zoomed, state, view } = flame;

	if (event.ctrlKey || event.altKey || event.metaKey) return;
	if (/^Arrow|^Home$|^End$/.test(event.key)) {
		const next = state.text
			? stepInTree(flame.tree, cursor, event.key)
			: neighbour(rows, zoomed, cursor, event.key);

		if (next) moveTo(flame, next);
	} else if (/^Enter$|^ $|^Escape$/.test(event.key)) {
		zoomTo(flame, event.key === "Escape" ? view.root : cursor);
		flame.tree.current.focus({ preventScroll: true });
	} else {
		return;
	}
	event.preventDefault();
}
