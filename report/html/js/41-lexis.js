/* SPDX-License-Identifier: MIT */
/*
 * What the heat map holds: sums over a rectangle of it, from first to last birth column and age
 * row, both included.
 */
function emptySum(id) {
	return { id, bytes: 0, blocks: 0, liveBytes: 0, liveBlocks: 0 };
}

function addSum(to, sum) {
	to.bytes += sum.bytes;
	to.blocks += sum.blocks;
	to.liveBytes += sum.liveBytes;
	to.liveBlocks += sum.liveBlocks;
}

function sumCells(lexis, { births, ages }) {
	const { birth, age, alive, site, blocks, bytes } = lexis.cells;
	const all = emptySum(0);
	const sums = [];
	let sum = null;

	/* Cells are in order of sites. */
	for (let at = 0; at < birth.length; at++) {
		if (birth[at] < births[0] || birth[at] > births[1]) continue;
		if (age[at] < ages[0] || age[at] > ages[1]) continue;
		if (!sum || sum.id !== site[at]) sums.push((sum = emptySum(site[at])));
		sum.bytes += bytes[at];
		sum.blocks += blocks[at];
		sum.liveBytes += alive[at] * bytes[at];
		sum.liveBlocks += alive[at] * blocks[at];
	}
	for (const one of sums) addSum(all, one);
	return { all, sites: sums.sort((a, b) => b.bytes - a.bytes) };
}

function rangeText(lexis, { births, ages }) {
	const birth = (column) =>
		durationText(
			column < lexis.birth_ns.length ? lexis.birth_ns[column] : lexis.end_ns,
		);
	const age = (row) => ageText(lexis.age_unit, lexis.ages[row]);
	const old = ages[1] + 1 < lexis.ages.length ? `to ${age(ages[1] + 1)}` : "or more";

	return (
		`Blocks born from ${birth(births[0])} to ${birth(births[1] + 1)} ` +
		`that got ${age(ages[0])} ${old} old`
	);
}

function sumText({ blocks, bytes, liveBlocks, liveBytes }) {
	const live = liveBlocks
		? `${plural(liveBlocks, "block")}, ${bytesText(liveBytes)}`
		: "none";

	return blocks
		? `${plural(blocks, "block")}, ${bytesText(bytes)}, of which still live ${live}`
		: "none";
}
