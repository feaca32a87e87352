/* SPDX-License-Identifier: MIT */
/*
 * tenure.h - what a program can tell the recorder that it runs under.
 *
 * For the programs, not for us: it is installed, stands alone, and is C99 and C++. Nothing has to be
 * linked, and where nobody records a call is a test of a pointer. Calls leave errno alone.
 */
#ifndef TENURE_H
#define TENURE_H

/*
 * The recorder's functions are reached by weak references, and that only through the table of
 * addresses that the loader fills: linkers resolve any other reference of a program that is not
 * position-independent to nothing, for good. The wrappers have names of their own for the assembler,
 * or their references to the functions would be to themselves.
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
extern void tenure_recorder_ignore(const void *block) __asm__("tenure_ignore") TENURE_WEAK;
extern void tenure_recorder_snapshot(void) __asm__("tenure_snapshot") TENURE_WEAK;
#ifdef __cplusplus
}
#endif
#undef TENURE_WEAK

/* The address of a function of the recorder, NULL without one. Clang on x86-64 knows no noplt. */
#if defined(__clang__) && defined(__x86_64__)
#define TENURE_FIND(function, symbol, reference) \
	__asm__(".weak " symbol "\n\t" \
		"{movq " symbol "@GOTPCREL(%%rip), %0|mov %0, qword ptr [rip + " symbol \
		"@GOTPCREL]}" \
		: "=r"(function))
#else
#define TENURE_FIND(function, symbol, reference) ((function) = (reference))
#endif

static inline void tenure_mark(const char *name) __asm__("tenure_mark_if_recorded");
static inline void tenure_ignore(const void *block) __asm__("tenure_ignore_if_recorded");
static inline void tenure_snapshot(void) __asm__("tenure_snapshot_if_recorded");

/*
 * Begins an epoch of this name, which lasts until the next mark that any thread of the process sets,
 * or its end. Blocks allocated meanwhile are born in it, and reports say per name how many of them
 * it left behind. NULL or "": an epoch ends and none begins. Names are cut at 200 bytes. May be
 * called anywhere, also in signal handlers.
 */
static inline void tenure_mark(const char *name)
{
	void (*mark)(const char *);

	TENURE_FIND(mark, "tenure_mark", tenure_recorder_mark);
	if (mark)
		mark(name);
}

/*
 * The block that begins here is meant to stay: neither it nor what it holds counts as lost, whoever
 * points to it.
 */
static inline void tenure_ignore(const void *block)
{
	void (*ignore)(const void *);

	TENURE_FIND(ignore, "tenure_ignore", tenure_recorder_ignore);
	if (ignore)
		ignore(block);
}

/*
 * Has it looked at who holds what, as `tenure snapshot` does. Returns when that is done, or when
 * the process has been copied for it; not for signal handlers.
 */
static inline void tenure_snapshot(void)
{
	void (*snapshot)(void);

	TENURE_FIND(snapshot, "tenure_snapshot", tenure_recorder_snapshot);
	if (snapshot)
		snapshot();
}

#undef TENURE_FIND

#else

static inline void tenure_mark(const char *name)
{
	(void)name;
}

static inline void tenure_ignore(const void *block)
{
	(void)block;
}

static inline void tenure_snapshot(void)
{
}

#endif

#endif
