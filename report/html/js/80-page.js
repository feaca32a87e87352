/* SPDX-License-Identifier: MIT */
/*
 * Small helps of the whole page: the theme, opening and closing all details, what the keys do.
 * Nothing is stored: a page opened from a file has no place of its own, so the theme is kept in
 * the URL.
 */
const KEYS = [
	["/", "search the flame graph"],
	["arrows", "flame graph: from box to box; heat map and maps: from cell to cell"],
	["Enter", "flame graph: zoom in; heat map: list the sites"],
	["Escape", "flame graph: show all; heat map: clear"],
	["Shift + arrows", "heat map: select a range"],
	["?", "this help"],
];
const themeWatchers = [];

function onTheme(work) {
	themeWatchers.push(work);
}

function setTheme(theme) {
	if (theme === "auto") delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = theme;
	for (const work of themeWatchers) work();
}

function makeThemeChooser() {
	const select = make("select", {
		change: () => {
			setTheme(select.value);
			saveTheme(select.value);
		},
	});

	for (const theme of ["auto", "light", "dark"])
		select.append(make("option", { value: theme }, theme));
	select.value = fragment.theme;
	return make("label", {}, "Theme ", select);
}

function makeHelp() {
	const list = make("dl");
	const dialog = make(
		"dialog",
		{ class: "help", "aria-label": "Keys" },
		make("h2", {}, "Keys"),
		list,
		makeButton("Close", () => dialog.close()),
	);

	for (const [key, words] of KEYS)
		list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, words));
	document.addEventListener("keydown", (event) => {
		if (event.key === "?" && !isTyping(event.target) && !dialog.open)
			dialog.showModal();
	});
	return dialog;
}

function addFolding(section) {
	const all = section.querySelectorAll("details");
	const set = (open) =>
		all.forEach((one) => {
			one.open = open;
		});

	if (all.length > 1)
		section.querySelector("h2").after(
			make(
				"p",
				{ class: "tools" },
				makeButton("Expand all", () => set(true)),
				makeButton("Collapse all", () => set(false)),
			),
		);
}

/* Paper cannot be unfolded. */
function unfoldForPrint() {
	let opened = [];

	addEventListener("beforeprint", () => {
		opened = [...document.querySelectorAll("details:not([open])")];
		opened.forEach((one) => one.setAttribute("open", ""));
	});
	addEventListener("afterprint", () => opened.forEach((one) => one.removeAttribute("open")));
}

function openPage() {
	const findings = document.getElementById("findings");
	const tools = make("div", { class: "tools page-tools" }, makeThemeChooser());

	document.getElementById("top").prepend(tools);
	/* On a page without views there are no keys to tell of. */
	if (document.getElementById("flame")) {
		const help = makeHelp();

		document.body.append(help);
		tools.append(
			makeButton("Keys", () => help.showModal(), { "aria-keyshortcuts": "?" }),
		);
	}
	if (findings) addFolding(findings);
	addCopyButtons();
	unfoldForPrint();
	if (fragment.theme !== "auto") setTheme(fragment.theme);
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
		themeWatchers.forEach((work) => work()),
	);
}
