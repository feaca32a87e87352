/* SPDX-License-Identifier: MIT */
/*
 * What is shown, kept in the URL: #VIEW?NAME=VALUE&... A view (flame graph, heat map, tables)
 * registers how to restore its state and saves it after each change. The fragment tells the view
 * that changed last; history.state holds all of them, for a reload. Small changes replace the
 * entry of the history, so that the back button undoes jumps and not keystrokes.
 */
const fragment = { view: "", views: {}, theme: "auto", restorers: new Map() };
/* Browsers ignore a page that replaces its state too often. */
const writeFragment = postpone(writeFragmentNow, 300);

function parseFragment() {
	const hash = location.hash.slice(1);
	const at = hash.indexOf("?");
	const query = at < 0 ? "" : hash.slice(at + 1);

	return {
		view: at < 0 ? hash : hash.slice(0, at),
		query: at >= 0,
		params: Object.fromEntries(new URLSearchParams(query)),
	};
}

function writeFragmentNow() {
	const params = new URLSearchParams(fragment.views[fragment.view] || {});

	if (fragment.theme !== "auto") params.set("theme", fragment.theme);
	const query = params.toString();
	const url = `#${fragment.view}${query ? `?${query}` : ""}`;

	try {
		history.replaceState({ views: fragment.views }, "", url);
	} catch {
		/* Refused, as some browsers do for files: the page works, a reload forgets. */
	}
}

/* State holds strings; what is empty or false is left out, as it is by default. */
function saveState(view, state) {
	fragment.view = view;
	fragment.views[view] = Object.fromEntries(
		Object.entries(state)
			.filter(([, value]) => value)
			.map(([name, value]) => [name, shorten(String(value), 2000)]),
	);
	writeFragment();
}

function saveTheme(theme) {
	fragment.theme = theme;
	writeFragment();
}

/* From now on `restore(state)` is called when the URL says so, and at once if it has already. It
 * may return the element to scroll to. */
function onState(view, restore) {
	fragment.restorers.set(view, restore);
	if (fragment.views[view]) restoreView(view, fragment.view === view && !isReload());
}

function restoreView(view, jump) {
	const restore = fragment.restorers.get(view);
	const found = restore && restore(fragment.views[view] || {});
	const target = found || document.getElementById(view);

	if (jump && target) target.scrollIntoView();
}

function isReload() {
	const [entry] = performance.getEntriesByType("navigation");

	return Boolean(entry) && entry.type !== "navigate";
}

function readFragment(loading) {
	const { view, query, params } = parseFragment();

	fragment.view = view;
	if (params.theme) fragment.theme = params.theme;
	delete params.theme;
	if (query) fragment.views[view] = params;
	/* The browser itself finds what has no query, and after a reload where the reader was. */
	if (query) restoreView(view, !(loading && isReload()));
	if (!query && !loading && fragment.theme !== "auto") writeFragment();
}

function openFragment() {
	if (history.state && history.state.views) fragment.views = history.state.views;
	readFragment(true);
	addEventListener("hashchange", () => readFragment(false));
}
