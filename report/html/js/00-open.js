/* SPDX-License-Identifier: MIT */
/*
 * The scripts of the HTML report. Its files, concatenated in the order of their names, are one
 * function, opened here and closed in 99-close.js: nothing of ours becomes global. The files in
 * between hold declarations only, each valid on its own; 90-main.js calls them.
 *
 * The page is complete without scripts. What is done here may fail, is then said in words, and
 * leaves the page as it was. Names come from the profiled program and may be made to harm:
 * they enter the page as text nodes only, and nothing here makes elements out of text.
 */
(() => {
"use strict";

