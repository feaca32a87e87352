/* SPDX-License-Identifier: MIT */
/*
 * What happens when: the page's own parts at once, all that needs the data when it is there. A
 * part that fails leaves the others and the static page alone.
 */
function attempt(name, work) {
	try {
		work();
	} catch (error) {
		console.error(`${name}:`, error);
		announce(`${name} does not work here: ${error.message}`);
	}
}

async function openData() {
	const state = make("p", { role: "status" }, "Reading the call stacks …");
	const flame = document.getElementById("flame");

	if (flame) {
		/* At once: what comes later would move the text that is being read. */
		flame.hidden = false;
		for (const link of document.querySelectorAll("a[href='#flame']"))
			link.hidden = false;
		document.getElementById("flame-view").replaceChildren(state);
	}
	let profile;

	try {
		const data = await loadData();

		exactBytes = Boolean(data.run && data.run.exact);
		profile = openProfile(data);
	} catch (error) {
		state.textContent =
			`There is no flame graph, and nothing can be selected: ${error.message}. ` +
			"Everything else on this page is complete.";
		return;
	}
	if (flame) attempt("The flame graph", () => openFlame(profile));
	attempt("The heat map", () => openLexis(profile));
	attempt("The table of all sites", () => openAllSites(profile));
	attempt("The memory chart", () => openMemory(profile));
	attempt("The map of addresses", () => openMaps(profile));
	attempt("The links to the flame graph", () => linkCards(profile));
}

openFragment();
attempt("The page", openPage);
attempt("The tables", openTables);
openData();
