/* SPDX-License-Identifier: MIT */
/*
 * The flame graph as a tree of text (WAI-ARIA's tree view): the one element that has the keyboard's
 * focus, whether or not it is shown, while the canvas draws where it is. Items are made when they
 * are first opened or stepped on, never for all boxes.
 */
const TREE_CHILDREN = 40;

function openTree(flame, element) {
	const tree = { flame, element, items: new Map(), current: null };

	element.addEventListener("click", (event) => {
		const box = boxOfItem(tree, event.target);

		if (box) flame.moveTo(box);
	});
	element.addEventListener("focusin", () => flame.showCursor());
	element.addEventListener("focusout", () => flame.hideCursor());
	return tree;
}

function boxOfItem(tree, target) {
	const item = target.closest("[role=treeitem]");

	return item ? item.flameBox : null;
}

/* Begins again at the box that is zoomed to. */
function resetTree(tree, zoomed) {
	tree.items.clear();
	tree.current = null;
	tree.element.replaceChildren(makeItem(tree, zoomed, 1, 1));
	expandItem(tree, zoomed);
	selectItem(tree, zoomed);
}

function makeItem(tree, box, position, count) {
	const { view, zoomed } = tree.flame;
	const leaf = childrenOf(view, box).length === 0;
	const item = make(
		"li",
		{
			role: "treeitem",
			tabindex: "-1",
			"aria-level": box.depth - zoomed.depth + 1,
			"aria-setsize": count,
			"aria-posinset": position,
			"aria-expanded": leaf ? null : "false",
			"aria-label": boxSentence(view, box),
			class: `tree-${originOf(view.profile, box.key)}`,
		},
		makeSpan(
			"tree-line",
			makeSpan(
				"tree-share",
				shareText(box.sums[view.part], zoomed.sums[view.part]),
			),
			makeSpan(
				"tree-value",
				view.profile.diff
					? signedText(box.sums[1] - box.sums[2], (value) =>
							valueText(view.metric, value),
						)
					: valueText(view.metric, box.sums[0]),
			),
			makeName(boxName(view, box), 200),
		),
	);

	/* Names are set in by depth, numbers stand in columns. */
	item.style.setProperty("--depth", box.depth - zoomed.depth);
	item.flameBox = box;
	tree.items.set(box, item);
	return item;
}

/* `wanted`: a child that must be among those shown, however small. */
function expandItem(tree, box, wanted) {
	const item = tree.items.get(box);
	const children = childrenOf(tree.flame.view, box);
	let group = item.querySelector(":scope > [role=group]");

	if (!children.length) return;
	item.setAttribute("aria-expanded", "true");
	if (!group) {
		group = make("ul", { role: "group" });
		children.slice(0, TREE_CHILDREN).forEach((child, at) =>
			group.append(makeItem(tree, child, at + 1, children.length)),
		);
		item.append(group);
	}
	if (wanted && !tree.items.has(wanted))
		group.append(makeItem(tree, wanted, children.indexOf(wanted) + 1, children.length));
	const left = children.length - group.querySelectorAll(":scope > [role=treeitem]").length;
	const more = group.querySelector(":scope > .tree-more");

	if (more) more.remove();
	if (left)
		group.append(
			make(
				"li",
				{ role: "none", class: "tree-more" },
				`${countText(left)} smaller not listed`,
			),
		);
}

function collapseItem(tree, box) {
	const item = tree.items.get(box);

	if (item.getAttribute("aria-expanded") !== "true") return false;
	item.setAttribute("aria-expanded", "false");
	return true;
}

/* Makes the items on the way to a box below the zoomed one, and it the one that Tab leads to. */
function selectItem(tree, box) {
	const path = [];

	for (let at = box; at && !tree.items.has(at); at = at.parent) path.unshift(at);
	for (const step of path) expandItem(tree, step.parent, step);
	for (let at = box.parent; at && tree.items.has(at); at = at.parent) expandItem(tree, at);
	if (tree.current) {
		tree.current.tabIndex = -1;
		tree.current.removeAttribute("aria-selected");
	}
	tree.current = tree.items.get(box);
	tree.current.tabIndex = 0;
	tree.current.setAttribute("aria-selected", "true");
}

/* Where a key leads in the tree as text; null: nowhere. */
function stepInTree(tree, box, key) {
	const shown = [...tree.element.querySelectorAll("[role=treeitem]")].filter(
		(item) => !item.parentElement.closest("[aria-expanded=false]"),
	);
	const at = shown.indexOf(tree.items.get(box));
	const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[key];

	if (key === "ArrowRight" && tree.current.getAttribute("aria-expanded") === "true")
		return childrenOf(tree.flame.view, box)[0];
	if (key === "ArrowRight") expandItem(tree, box);
	if (key === "ArrowLeft") return collapseItem(tree, box) ? null : box.parent;
	return shown[next] ? shown[next].flameBox : null;
}
