/* SPDX-License-Identifier: MIT */
/*
 * assets.S - texts made by the Makefile in build/html, with their hashes, as assets.h declares them.
 */

#if __SIZEOF_POINTER__ == 8
#define WORD .quad
#define WORD_BYTES 8
#else
#define WORD .long
#define WORD_BYTES 4
#endif

	.macro	asset symbol, file
	.section .rodata
\symbol\()_text:
	.incbin	"\file"
\symbol\()_end:
	.byte	0
\symbol\()_sha256:
	.incbin	"\file\().sha256"
	.byte	0
	/* The loader puts the addresses in, and nobody writes here after it. */
	.section .data.rel.ro, "aw"
	.balign	WORD_BYTES
	.globl	\symbol
	.type	\symbol, %object
	.size	\symbol, 3 * WORD_BYTES
\symbol:
	WORD	\symbol\()_text
	WORD	\symbol\()_end - \symbol\()_text
	WORD	\symbol\()_sha256
	.endm

	asset	asset_style, report.css
	asset	asset_script, report.js
	asset	asset_chart_style, chart.css
	asset	asset_chart_script, chart.js
	asset	asset_chart_licence, chart.txt

	.section .note.GNU-stack, "", %progbits
