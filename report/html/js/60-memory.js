/* SPDX-License-Identifier: MIT */
/*
 * Memory over time with uPlot, where the page has it. The drawing that the page came with stays
 * in it, for paper. uPlot stacks nothing: the generations are added up here, and the legend tells
 * each one's own value.
 */
function openMemory(profile) {
	const figure = document.getElementById("memory");
	const svg = figure && figure.querySelector("svg");

	if (!window.uPlot || !svg || !profile.series || profile.series.ns.length < 2) return;
	const place = make("div", { class: "memory-chart" });
	const data = joinSeries(profile.series);
	let chart = null;
	let width = 0;
	const draw = () => {
		width = place.clientWidth;
		if (chart) chart.destroy();
		chart = new window.uPlot(chartOptions(profile, data, width), data.plotted, place);
	};

	for (const one of figure.querySelectorAll("svg, .key")) one.classList.add("for-print");
	svg.before(
		place,
		make(
			"p",
			{ class: "hint tool" },
			"Drag to see a part, double-click to see all; names switch lines.",
		),
	);
	draw();
	new ResizeObserver(() => {
		if (place.clientWidth !== width) draw();
	}).observe(place);
	onTheme(draw);
}

/* One axis of time for the live bytes and the resident memory, which was sampled at other times:
 * each holds its last value. */
function joinSeries({ ns, live, young, middle, old, resident }) {
	const has = Boolean(resident) && resident.ns.length > 0;
	const times = [...new Set([...ns, ...(has ? resident.ns : [])])].sort((a, b) => a - b);
	const held = (at, values) => {
		let next = 0;

		return times.map((time) => {
			while (next < at.length && at[next] <= time) next++;
			return next ? values[next - 1] : null;
		});
	};
	const own = [old, middle, young].map((values) => held(ns, values));
	const sums = own.map((values, part) =>
		values.map((value, at) =>
			value === null
				? null
				: own.slice(0, part + 1).reduce((sum, one) => sum + one[at], 0),
		),
	);

	return {
		plotted: [
			times.map((time) => time / 1e9),
			...[...sums].reverse(),
			...(has ? [held(resident.ns, resident.bytes)] : []),
		],
		own: [null, ...own.reverse()],
		/* Where most memory is not the heap's, the reader asks for it in the legend. */
		residentFits: has && Math.max(...resident.bytes) < 4 * Math.max(...live),
	};
}

function chartOptions(profile, data, width) {
	const style = getComputedStyle(document.documentElement);
	const colour = (name, other) => style.getPropertyValue(`--${name}`).trim() || other;
	const line = colour("line", "#ccc");
	const fg = colour("fg", "#1a1a1a");
	const generation = (name, other, dash) => ({
		label: name,
		dash,
		stroke: colour(name, other),
		fill: `${colour(name, other)}99`,
		width: 1.5,
		value: (chart, value, part, at) => {
			const own = at === null ? null : data.own[part][at];

			return own === null || own === undefined ? "–" : bytesText(own);
		},
	});
	const axis = {
		stroke: fg,
		grid: { stroke: line, width: 1 },
		ticks: { stroke: line, width: 1 },
		font: "12px sans-serif",
	};
	const seconds = (value) => durationText(Math.round(value * 1e9));

	return {
		width,
		height: Math.round(Math.max(180, Math.min(320, width / 3))),
		scales: {
			x: { time: false },
			y: { range: (chart, low, high) => [0, high * 1.08 || 1] },
		},
		axes: [
			{
				...axis,
				values: (chart, values) =>
					values.map((at) => (at ? seconds(at) : "0")),
				space: 90,
			},
			{
				...axis,
				values: (chart, values) => values.map(bytesText),
				size: 84,
				incrs: Array.from({ length: 52 }, (_, power) => 2 ** power),
			},
		],
		series: [
			{
				label: "Time",
				value: (chart, value) => (value === null ? "–" : seconds(value)),
			},
			generation("young", "#56b4e9", [2, 3]),
			generation("middle", "#e69f00", [6, 3]),
			generation("old", "#b3430f"),
			{
				label: "resident",
				stroke: colour("resident", fg),
				width: 1.5,
				dash: [8, 4],
				show: data.residentFits,
				value: (chart, value) => (value === null ? "–" : bytesText(value)),
			},
		].slice(0, data.plotted.length),
		/* Each generation is filled down to the one below it only. */
		bands: [{ series: [1, 2] }, { series: [2, 3] }],
		hooks: { draw: [(chart) => markPeak(chart, profile.run, fg)] },
	};
}

function markPeak({ ctx, bbox, valToPos }, run, colour) {
	const x = valToPos(run.peak_ns / 1e9, "x", true);
	const y = valToPos(run.peak_bytes, "y", true);
	const right = x > bbox.left + bbox.width * 0.7;

	if (!run.peak_bytes || x < bbox.left || x > bbox.left + bbox.width || y < bbox.top) return;
	ctx.save();
	ctx.fillStyle = colour;
	ctx.beginPath();
	ctx.arc(x, y, 3 * devicePixelRatio, 0, 7);
	ctx.fill();
	ctx.font = `${12 * devicePixelRatio}px sans-serif`;
	ctx.textAlign = right ? "right" : "left";
	ctx.fillText(
		`peak ${bytesText(run.peak_bytes)}`,
		x + (right ? -8 : 8) * devicePixelRatio,
		Math.max(y - 6 * devicePixelRatio, bbox.top + 12 * devicePixelRatio),
	);
	ctx.restore();
}
