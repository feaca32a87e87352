/* SPDX-License-Identifier: MIT */
/*
 * The boxes of the flame graph: nodes of the tree merged by key below the same box. The children
 * of a box are found when they are first asked for, so only what is wide enough to be seen is
 * ever merged. Top-down a box holds the nodes it was merged from. Inverted, the first row is where
 * stacks end and each next row who called that: a box holds the nodes that its stacks have
 * reached, and what of them came that way.
 *
 * sums[0] is what widths are made of. When two runs are compared it is the larger of both at each
 * site, which adds up along the tree; sums[1] is the new run and sums[2] the old one. view.part is
 * the index of what is shown as the value.
 */
function valuesOf(profile, metric) {
	const now = profile.sites[metric.key];

	if (!profile.diff) return [now];
	const was = profile.sites.old[metric.key];

	return [now.map((value, site) => Math.max(value, was[site])), now, was];
}

function openView(profile, metric, inverted) {
	const count = profile.parents.length;
	const values = valuesOf(profile, metric);
	const own = values.map((column) => {
		const sums = new Float64Array(count);

		column.forEach((value, site) => {
			sums[profile.sites.node[site]] += value;
		});
		return sums;
	});
	const view = {
		profile,
		metric,
		inverted,
		values,
		own,
		part: profile.diff ? 1 : 0,
		below: own,
		marks: null,
		root: null,
	};

	if (inverted) {
		view.marks = { turn: 0, seen: new Int32Array(count), slot: new Int32Array(count) };
	} else {
		view.below = own.map((column) => column.slice());
		for (const sums of view.below)
			for (let node = count - 1; node > 0; node--)
				sums[profile.parents[node]] += sums[node];
	}
	view.root = makeBox(view, -1, null);
	view.root.sums = values.map((column) => column.reduce((sum, value) => sum + value, 0));
	view.root.nodes.push(0);
	return view;
}

function makeBox(view, key, parent) {
	return {
		key,
		parent,
		depth: parent ? parent.depth + 1 : 0,
		sums: view.values.map(() => 0),
		nodes: [],
		parts: view.inverted ? view.values.map(() => []) : null,
		children: null,
	};
}

/* The child of `key`, made when it is first met. */
function childOf(view, box, byKey, key) {
	let child = byKey.get(key);

	if (!child) {
		child = makeBox(view, key, box);
		byKey.set(key, child);
	}
	return child;
}

function mergeDown(view, box, byKey) {
	const { ends, nodeKeys } = view.profile;

	for (const parent of box.nodes) {
		for (let node = parent + 1; node < ends[parent]; node = ends[node]) {
			if (!view.below[0][node]) continue;
			const child = childOf(view, box, byKey, nodeKeys[node]);

			child.nodes.push(node);
			for (let i = 0; i < child.sums.length; i++)
				child.sums[i] += view.below[i][node];
		}
	}
}

/* Paths of several stacks that meet in a node go on as one. */
function addPart(view, child, node, amount) {
	const { marks } = view;

	if (marks.seen[node] !== marks.turn) {
		marks.seen[node] = marks.turn;
		marks.slot[node] = child.nodes.length;
		child.nodes.push(node);
		for (const part of child.parts) part.push(0);
	}
	for (let i = 0; i < child.sums.length; i++) {
		child.parts[i][marks.slot[node]] += amount(i);
		child.sums[i] += amount(i);
	}
}

function mergeUp(view, box, byKey) {
	const { parents, nodeKeys } = view.profile;

	view.marks.turn++;
	if (box.parent) {
		box.nodes.forEach((from, at) => {
			const node = parents[from];

			if (node)
				addPart(
					view,
					childOf(view, box, byKey, nodeKeys[node]),
					node,
					(i) => box.parts[i][at],
				);
		});
		return;
	}
	for (let node = 1; node < nodeKeys.length; node++)
		if (view.own[0][node])
			addPart(
				view,
				childOf(view, box, byKey, nodeKeys[node]),
				node,
				(i) => view.own[i][node],
			);
}

/* Widest first: what matters is to the left. */
function childrenOf(view, box) {
	if (!box.children) {
		const byKey = new Map();

		(view.inverted ? mergeUp : mergeDown)(view, box, byKey);
		box.children = [...byKey.values()].sort(
			(a, b) => b.sums[0] - a.sums[0] || a.key - b.key,
		);
	}
	return box.children;
}

function pathOf(box) {
	const path = [];

	for (let at = box; at.parent; at = at.parent) path.unshift(at);
	return path;
}

/* The box that a path of keys leads to, or as far as it leads. */
function boxAt(view, keys) {
	let box = view.root;

	for (const key of keys) {
		const next = childrenOf(view, box).find((child) => child.key === key);

		if (!next) break;
		box = next;
	}
	return box;
}

function keysOfSite(view, site) {
	const { profile } = view;
	const keys = [];

	for (let node = profile.sites.node[site]; node; node = profile.parents[node])
		keys.push(profile.nodeKeys[node]);
	return view.inverted ? keys : keys.reverse();
}

/* The sites whose stacks go through a box. */
function sitesIn(view, box) {
	const { profile } = view;
	const { siteStarts, siteOrder, ends } = profile;

	if (!view.inverted)
		return box.nodes.flatMap((node) =>
			Array.from(siteOrder.subarray(siteStarts[node], siteStarts[ends[node]])),
		);
	const keys = pathOf(box).map((step) => step.key);

	return Array.from(siteOrder).filter((site) => {
		let node = profile.sites.node[site];

		return keys.every((key) => {
			const same = profile.nodeKeys[node] === key;

			node = profile.parents[node];
			return same;
		});
	});
}
