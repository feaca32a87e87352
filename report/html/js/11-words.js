/* SPDX-License-Identifier: MIT */
/*
 * Numbers for people, written as analyzer/util/human.c writes them, so that a number reads the
 * same wherever it stands on the page.
 */
const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
let exactBytes = false;

function countText(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

function bytesText(bytes) {
	let value = bytes;
	let unit = 0;

	if (exactBytes) return `${countText(bytes)} B`;
	/* 1023.95 would be written as 1024.0. */
	while (value >= (unit ? 1023.95 : 1024)) {
		value /= 1024;
		unit++;
	}
	return `${unit ? value.toFixed(1) : value} ${BYTE_UNITS[unit]}`;
}

function durationText(ns) {
	const two = (value) => String(Math.floor(value)).padStart(2, "0");

	if (ns < 1e3) return `${ns} ns`;
	if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
	if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
	if (ns < 120e9) return `${(ns / 1e9).toFixed(2)} s`;
	if (ns < 7200e9) return `${Math.floor(ns / 60e9)} min ${two((ns / 1e9) % 60)} s`;
	return `${Math.floor(ns / 3600e9)} h ${two((ns / 60e9) % 60)} min`;
}

function shareText(part, whole) {
	const percent = (100 * part) / whole;

	if (!whole) return "";
	if (part && percent < 1) return "<1 %";
	if (part < whole && percent > 99) return ">99 %";
	return `${percent.toFixed(0)} %`;
}

function plural(count, noun) {
	return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function valueText(metric, value) {
	return metric.unit === "bytes" ? bytesText(value) : countText(value);
}

function ageText(unit, age) {
	if (unit === "ns") return durationText(age);
	return unit === "bytes" ? bytesText(age) : plural(age, "allocation");
}

/* With a true minus sign: a hyphen is easily overlooked. */
function signedText(difference, write) {
	const sign = difference > 0 ? "+" : difference < 0 ? "−" : "±";

	return sign + write(Math.abs(difference));
}

function changeText(was, now) {
	if (!was) return now ? "new" : "±0 %";
	if (!now) return "gone";
	return signedText(Math.round((100 * (now - was)) / was), (percent) => `${percent} %`);
}
