/* SPDX-License-Identifier: MIT */
/*
 * Making elements. Attributes that are functions become listeners, null and false are left out;
 * children are elements or text. Every text that the program chose is cut to a length that a
 * browser lays out quickly and set apart from the writing direction of its surroundings.
 */
const LONGEST_NAME = 400;

function setAttributes(element, attributes) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(name, value);
		else if (value !== null && value !== undefined && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	}
	return element;
}

function make(tag, attributes = {}, ...children) {
	const element = setAttributes(document.createElement(tag), attributes);

	element.append(...children.filter((child) => child !== null && child !== undefined));
	return element;
}

function makeSvg(tag, attributes = {}) {
	return setAttributes(
		document.createElementNS("http://www.w3.org/2000/svg", tag),
		attributes,
	);
}

function makeSpan(name, ...children) {
	return make("span", { class: name }, ...children);
}

function makeButton(text, click, attributes = {}) {
	return make("button", { type: "button", click, ...attributes }, text);
}

function shorten(text, length = LONGEST_NAME) {
	return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function makeName(text, length = LONGEST_NAME) {
	return make("bdi", { class: "name" }, shorten(text, length));
}

/* What changed, for those who cannot see it change. */
let announcer = null;

function announce(text) {
	if (!announcer) {
		announcer = make("p", { class: "unseen", role: "status", "aria-live": "polite" });
		document.body.append(announcer);
	}
	announcer.textContent = shorten(text);
}

function isTyping(target) {
	return target instanceof Element && target.matches("input, select, textarea");
}

/* Calls `work` once after the last of several calls in a row. */
function postpone(work, ms) {
	let timer = 0;

	return (...values) => {
		clearTimeout(timer);
		timer = setTimeout(() => work(...values), ms);
	};
}

/* Calls `work` before the next paint, once, however often it was asked for until then. */
function beforePaint(work) {
	let wanted = false;

	return () => {
		if (wanted) return;
		wanted = true;
		requestAnimationFrame(() => {
			wanted = false;
			work();
		});
	};
}
