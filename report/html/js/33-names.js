/* SPDX-License-Identifier: MIT */
/*
 * Names as they fit into boxes. Arguments of templates and parameters are left out first, as they
 * make most of the length of a C++ name and tell least about where one is.
 */
function nameOf(profile, key) {
	return key < 0 ? "all" : profile.strings[profile.frames.function[profile.keyFrames[key]]];
}

/* "a<b<c>>::d(e)" becomes "a<…>::d(…)"; in Rust's "<T as Trait>::f" they are the name. */
function withoutArguments(name) {
	let result = "";
	let depth = 0;

	if (
		name.length > 2000 ||
		!/[<(]/.test(name) ||
		name.startsWith("<") ||
		name.includes("operator")
	)
		return name;
	for (let i = 0; i < name.length; i++) {
		const letter = name[i];

		if ((letter === ">" && name[i - 1] !== "-") || letter === ")")
			depth = Math.max(0, depth - 1);
		if (!depth) result += letter;
		if (letter === "<" || (letter === "(" && !name.startsWith("(anonymous", i))) {
			if (!depth && name[i + 1] !== ")") result += "…";
			depth++;
		}
	}
	return depth ? name : result;
}

function boxName(view, box) {
	if (!view.names) view.names = new Map();
	let name = view.names.get(box.key);

	if (name === undefined) {
		name = nameOf(view.profile, box.key);
		if (originOf(view.profile, box.key) !== "note") name = withoutArguments(name);
		name = shorten(name);
		view.names.set(box.key, name);
	}
	return name;
}

/* Where there is no room for all of a name, its last part says more than its namespaces. */
function boxLabel(view, box, letters) {
	const name = boxName(view, box);
	const text = view.profile.diff ? changeText(box.sums[2], box.sums[1]) : "";
	const change = text && `${text === "±0 %" ? "=" : text} `;
	const fits = change.length + name.length <= letters;

	if (change && letters < change.length + 4) return change.trim();
	return change + (fits ? name : name.slice(name.lastIndexOf("::") + 1).replace(/^:/, ""));
}

/* Where the code of a box is: one line of source, or the first of several. */
function boxPlaces(view, box) {
	const { profile } = view;
	const places = new Set();

	for (const node of box.key < 0 ? [] : box.nodes) {
		const { place } = frameText(profile, profile.nodes.frame[node]);

		if (place) places.add(place);
		if (places.size > 3) break;
	}
	const [first] = places;

	if (places.size < 2) return first || "";
	return `${first} and ${places.size > 3 ? "other lines" : `${places.size - 1} more`}`;
}
