/* SPDX-License-Identifier: MIT */
/*
 * Copying text. A page opened from a file may have no clipboard: then the text is shown selected,
 * to be copied by hand.
 */
async function copyText(text, button) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		showToCopy(text, button);
		return;
	}
	const before = button.textContent;

	button.textContent = "Copied";
	announce("Copied");
	setTimeout(() => {
		button.textContent = before;
	}, 1500);
}

function showToCopy(text, button) {
	const area = make("textarea", { readonly: true, rows: 6, "aria-label": "Text to copy" });
	const close = () => {
		dialog.close();
		dialog.remove();
		button.focus();
	};
	const dialog = make(
		"dialog",
		{ class: "copy-dialog", cancel: close },
		make("p", {}, "The browser gives no access to the clipboard. Copy this by hand:"),
		area,
		makeButton("Close", close),
	);

	area.value = text;
	document.body.append(dialog);
	dialog.showModal();
	area.select();
}

/* Every <pre class="copy"> gets a button. */
function addCopyButtons() {
	for (const block of document.querySelectorAll("pre.copy")) {
		const button = makeButton("Copy", () => copyText(block.textContent, button), {
			class: "tool copy-button",
		});

		block.before(button);
	}
}
