/* SPDX-License-Identifier: MIT */
/*
 * planted.h - what the program that tests itself loses on purpose, and how it comes to do so.
 *
 * One table for both sides: who plants, in a recorded process, and who looks for it in the traces. The
 * functions of the table are exported by the executable, so that they keep their names if it is
 * stripped.
 */
#ifndef TENURE_PLANTED_H
#define TENURE_PLANTED_H

#include <stddef.h>
#include <stdint.h>

/* A process of the test. */
enum planted_role {
	ROLE_LEAKS, /* starts the next two */
	ROLE_FORKED,
	ROLE_EXECUTED, /* by the shell */
	ROLE_SAMPLED,
	ROLE_OTHER,
};

struct planted {
	const char *function; /* innermost frame of the stacks */
	enum planted_role role;
	uint32_t blocks; /* live at the end; 0: all are released */
	uint32_t bytes; /* of each */
};

/* Those of one row are of one function and size. */
extern const struct planted planted[];
extern const size_t planted_count;

#define PLANTED_SAMPLED_BLOCKS 60000u
#define PLANTED_SAMPLED_BYTES 96u /* of each */
#define PLANTED_INTERVAL "8K" /* to sample at: 700 blocks, so one standard error is 4 % */

/* Names that the judge asks for. */
#define PLANTED_INNERMOST "planted_innermost" /* called by the next two */
#define PLANTED_BETWEEN "planted_between"
#define PLANTED_OUTERMOST "planted_outermost"
#define PLANTED_LEAKY "planted_leaky" /* loses a tenth of what it releases: leaks by any evidence */
#define PLANTED_RELEASED "planted_released"
#define PLANTED_SAMPLED "planted_sampled"

/* Threads that plant, each the same. */
#define PLANTED_THREADS 4u

/* Words for roles, as arguments of the command that plants; NULL where it is not started by one. */
const char *planted_role_word(enum planted_role role);

/* Plays a role to its end. self: path of this executable, for ROLE_LEAKS. Returns an exit status. */
int planted_play(const char *role_word, const char *self);

#endif
