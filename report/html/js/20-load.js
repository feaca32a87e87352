/* SPDX-License-Identifier: MIT */
/*
 * The data of the page: base64 of a zlib stream of JSON, unpacked by the browser. Waits for the
 * first paint, so that the static page is there to be read meanwhile.
 */
function afterPaint() {
	return new Promise((resolve) => {
		requestAnimationFrame(() => setTimeout(resolve));
		/* A tab in the background paints nothing. */
		setTimeout(resolve, 500);
	});
}

function bytesOfBase64(text) {
	const binary = atob(text);
	const bytes = new Uint8Array(binary.length);

	for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
	return bytes;
}

function unpack(bytes) {
	const packed = new Blob([bytes]).stream();

	return new Response(packed.pipeThrough(new DecompressionStream("deflate"))).json();
}

/* Each number is told less the one before. */
function summedUp(numbers) {
	let sum = 0;

	return numbers.map((number) => (sum += number));
}

async function loadData() {
	const block = document.getElementById("data");

	if (!block) throw new Error("this page has no data block");
	if (typeof DecompressionStream === "undefined")
		throw new Error("this browser cannot unpack the data; a newer one can");
	await afterPaint();
	let data;

	try {
		data = await unpack(bytesOfBase64(block.textContent));
	} catch {
		throw new Error("its data is damaged");
	}
	if (data.version !== 1)
		throw new Error(`its data is of version ${data.version}, the script knows 1`);
	data.sites.id = summedUp(data.sites.id);
	if (data.lexis) data.lexis.cells.site = summedUp(data.lexis.cells.site);
	return data;
}
