/* SPDX-License-Identifier: MIT */
/*
 * The tree of call stacks, in columns. Frames of the same function in the same module have the
 * same key, whatever their line: boxes are merged by key. The tree is in preorder, so what is
 * below node i are the nodes from i + 1 to before ends[i].
 */
const FRAME_FOREIGN = 2; /* not the program's own code */
const FRAME_NOTE = 4; /* says what is missing, instead of a function */
const FRAME_STARTUP = 8;

function openKeys(frames, stringCount) {
	const indexes = new Map();
	const ofFrame = new Int32Array(frames.function.length);
	const firstFrames = [];

	for (let frame = 0; frame < ofFrame.length; frame++) {
		const name = frames.function[frame] * stringCount + frames.module[frame];
		let key = indexes.get(name);

		if (key === undefined) {
			key = firstFrames.length;
			indexes.set(name, key);
			firstFrames.push(frame);
		}
		ofFrame[frame] = key;
	}
	return { ofFrame, firstFrames };
}

function openProfile(data) {
	const count = data.nodes.up.length;
	const keys = openKeys(data.frames, data.strings.length);
	const parents = new Int32Array(count);
	const ends = new Int32Array(count);
	const nodeKeys = new Int32Array(count);

	for (let node = 0; node < count; node++) {
		parents[node] = node - data.nodes.up[node];
		ends[node] = node + 1;
		nodeKeys[node] = node ? keys.ofFrame[data.nodes.frame[node]] : -1;
	}
	for (let node = count - 1; node > 0; node--)
		ends[parents[node]] = Math.max(ends[parents[node]], ends[node]);
	return {
		...data,
		diff: data.kind === "diff",
		keyFrames: keys.firstFrames,
		frameKeys: keys.ofFrame,
		parents,
		ends,
		nodeKeys,
		...orderSites(data.sites, count),
		lowered: null,
	};
}

/* Sites by the node where their stack ends: those of node i are from starts[i] to starts[i + 1]. */
function orderSites(sites, nodeCount) {
	const siteStarts = new Int32Array(nodeCount + 1);
	const siteOrder = new Int32Array(sites.node.length);

	for (const node of sites.node) siteStarts[node + 1]++;
	for (let node = 0; node < nodeCount; node++) siteStarts[node + 1] += siteStarts[node];
	const next = siteStarts.slice();

	sites.node.forEach((node, site) => {
		siteOrder[next[node]++] = site;
	});
	return { siteStarts, siteOrder, siteOfId: new Map(sites.id.map((id, site) => [id, site])) };
}

/* 1 for each key whose function, file or module has `text` in it, upper or lower case. */
function matchKeys(profile, text) {
	const wanted = text.toLowerCase();
	const { frames, strings } = profile;
	const hits = new Uint8Array(profile.keyFrames.length);

	if (!profile.lowered) profile.lowered = strings.map((string) => string.toLowerCase());
	const stringHits = Uint8Array.from(profile.lowered, (string) => string.includes(wanted));

	for (let frame = 0; frame < frames.function.length; frame++)
		hits[profile.frameKeys[frame]] |=
			stringHits[frames.function[frame]] |
			stringHits[frames.file[frame]] |
			stringHits[frames.module[frame]];
	return hits;
}

/* 1 for each node that matches or is below one that does: a stack counts once, however often
 * what is looked for is in it. */
function matchStacks(profile, keyHits) {
	const hits = new Uint8Array(profile.parents.length);

	for (let node = 1; node < hits.length; node++)
		hits[node] = keyHits[profile.nodeKeys[node]] | hits[profile.parents[node]];
	return hits;
}
