/* SPDX-License-Identifier: MIT */
/*
 * tenure.h - what a program can tell the recorder that it runs under.
 *
 * For the programs, not for us: it is installed, stands alone, and is C99 and C++. Nothing has to be
 * linked, and where nobody records a call is a test of a pointer.
 */
#ifndef TENURE_H
#define TENURE_H

/*
 * The recorder's function is reached by a weak reference, and that only through the table of
 * addresses that the loader fills: linkers resolve any other reference of a program that is not
 * position-independent to nothing, for good. The wrapper has a name of its own for the assembler, or
 * its references to the function would be to itself.
 */
#if defined(__GNUC__) && defined(__linux__)

#ifdef __clang__
#define TENURE_WEAK __attribute__((weak))
#else
#define TENURE_WEAK __attribute__((weak, noplt))
#endif

#ifdef __cplusplus
extern "C" {
#endif
extern void tenure_recorder_mark(const char *name) __asm__("tenure_mark") TENURE_WEAK;
#ifdef __cplusplus
}
#endif
#undef TENURE_WEAK

static inline void tenure_mark(const char *name) __asm__("tenure_mark_if_recorded");

/*
 * Begins an epoch of this name, which lasts until the next mark that any thread of the process sets,
 * or its end. Blocks allocated meanwhile are born in it, and reports say per name how many of them
 * it left behind. NULL or "": an epoch ends and none begins. Names are cut at 200 bytes. May be
 * called anywhere, also in signal handlers; leaves errno alone.
 */
static inline void tenure_mark(const char *name)
{
	void (*mark)(const char *);

#if defined(__clang__) && defined(__x86_64__)
	/* Knows no noplt. */
	__asm__(".weak tenure_mark\n\t"
		"{movq tenure_mark@GOTPCREL(%%rip), %0|mov %0, qword ptr [rip + tenure_mark@GOTPCREL]}"
		: "=r"(mark));
#else
	mark = tenure_recorder_mark;
#endif
	if (mark)
		mark(name);
}

#else

static inline void tenure_mark(const char *name)
{
	(void)name;
}

#endif

#endif
