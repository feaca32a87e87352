/* SPDX-License-Identifier: MIT */
/*
 * Compiled by test_symbols.c, optimised, into libraries and programs. Every call of probe() tells
 * the test a code address; "at NAME" marks the line that it must be found to be on.
 */
#include <stdio.h>

typedef void probe(const char *name);

/* Keeps a call from being the last thing in its function, and so from becoming a jump. */
#define STAY __asm__ volatile("" ::: "memory")
#define OUT_OF_LINE __attribute__((noinline, noclone))
#define INLINED static inline __attribute__((always_inline))

OUT_OF_LINE static void local_function(probe *tell)
{
	tell("local"); /* at local */
	STAY;
}

INLINED void innermost(probe *tell)
{
	tell("inlined"); /* at innermost */
	STAY;
}

INLINED void middle(probe *tell)
{
	innermost(tell); /* at middle */
	STAY;
}

OUT_OF_LINE void outermost(probe *tell)
{
	middle(tell); /* at outermost */
	STAY;
}

/* What glibc does with its own names. */
OUT_OF_LINE void __fixture_internal_name(probe *tell);
void __fixture_internal_name(probe *tell)
{
	tell("aliased"); /* at aliased */
	STAY;
}
void public_name(probe *tell) __attribute__((alias("__fixture_internal_name")));

/* Symbols without a size, the last one at the end of its section, and code behind the section. */
__asm__(".pushsection .text.unsized, \"ax\", @progbits\n"
	".globl unsized_first\n"
	"unsized_first: .skip 16, 0x90\n"
	".globl unsized_second\n"
	"unsized_second: .skip 16, 0x90\n"
	".popsection\n");

extern const char unsized_first[], unsized_second[];

OUT_OF_LINE void fixture_run(probe *tell)
{
	local_function(tell);
	outermost(tell);
	__fixture_internal_name(tell);
}

#ifdef PROGRAM
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* Offset from where the file is mapped, or the address itself where the program is not movable. */
static void print_address(const char *name)
{
	const char *address = __builtin_return_address(0);

	printf("%s %lx\n", name,
	       (unsigned long)address - 1 - (MOVABLE ? (unsigned long)__ehdr_start : 0));
}

int main(void)
{
	fixture_run(print_address);
	return 0;
}
#endif
