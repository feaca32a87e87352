/* SPDX-License-Identifier: MIT */
#include "colors.h"

const char *const color_of_generation[GENERATIONS] = {"#56b4e9", "#e69f00", "#b3430f"};

const char *const color_of_dead[COLOR_SHADES] = {"#dbe9f6", "#b3d0ea", "#85b3da",
						 "#5591c4", "#2c6ba6", "#0b4478"};
const char *const color_of_alive[COLOR_SHADES] = {"#fde3c8", "#fbc48d", "#f49c4e",
						  "#e0741b", "#b8500a", "#803205"};
const char *const color_of_fill[COLOR_FILLS] = {"#d7301f", "#fc8d59", "#fdcc8a", "#b8d8b8",
						"#4d9a5b"};
