/* SPDX-License-Identifier: MIT */
/*
 * Compiled by test_symbols_variables.c, optimised, once with OTHER_UNIT and once without. It tells the
 * test addresses and what must be said about them: the name of a variable and the path in it, as they
 * are in this source. "at NAME" marks the line that a variable is defined on.
 */
#include <stdbool.h>
#include <stdio.h>

struct hidden;
extern struct hidden all_hidden;
extern char unfinished[];

#ifdef OTHER_UNIT
struct hidden {
	long secret;
	struct hidden *more;
};

struct hidden all_hidden;
char unfinished[100]; /* at unfinished */
#else

struct place {
	const char *name, *path;
	bool in_thread;
	const void *address, *start;
};

typedef void tell_function(const struct place *place);

#define TELL_AS(text, variable, rest) \
	tell(&(struct place){text, #rest, false, &variable rest, &variable})
#define TELL(variable, rest) TELL_AS(#variable, variable, rest)
#define TELL_IN_THREAD(variable, rest) \
	tell(&(struct place){#variable, #rest, true, &variable rest, &variable})

struct session {
	struct session *next;
	int id;
	union {
		char inline_name[8];
		char *name;
	};
	struct {
		short x, y;
	} at[3];
	unsigned flag : 1, kind : 20;
};

typedef struct {
	const int count;
	struct {
		struct session **buckets;
		unsigned size;
	} table;
	volatile struct session sessions[4];
} registry_type;

struct tail {
	int count;
	struct session *items[];
};

enum colour { RED };

registry_type registry; /* at registry */
static int numbers[20]; /* at numbers */
static struct session *matrix[3][5]; /* at matrix */
static const char *const words[] = {"a", "b"}; /* at words */
static struct tail tail = {1, {0, 0, 0}}; /* at tail */
enum colour colour; /* at colour */
void (*callback)(void); /* at callback */
void *anything; /* at anything */
struct hidden *opaque; /* at opaque */
struct session (*rows)[2]; /* at rows */
struct tail *tails; /* at tails */
static __thread struct session *current; /* at current */
__thread registry_type own = {7}; /* at own */

static __attribute__((noinline)) void tell_local(tell_function *tell)
{
	static struct session *last_one; /* at last_one */

	TELL_AS("tell_local()::last_one", last_one, );
	__asm__ volatile("" ::: "memory");
}

static inline __attribute__((always_inline)) void tell_inlined(tell_function *tell)
{
	static long calls; /* at calls */

	calls++;
	TELL_AS("tell_inlined()::calls", calls, );
}

void fixture_run(tell_function *tell);
void fixture_run(tell_function *tell)
{
	TELL(registry, .count);
	TELL(registry, .table.buckets);
	TELL(registry, .table.size);
	TELL(registry, .sessions[0].next);
	TELL(registry, .sessions[3].id);
	TELL(registry, .sessions[2].name);
	TELL(registry, .sessions[1].at[2].y);
	TELL(numbers, [0]);
	TELL(numbers, [17]);
	TELL(matrix, [0][0]);
	TELL(matrix, [2][4]);
	TELL(words, [1]);
	TELL(tail, .count);
	TELL(tail, .items[2]);
	TELL(unfinished, [99]);
	TELL(colour, );
	TELL(callback, );
	TELL(anything, );
	TELL(opaque, );
	TELL(rows, );
	TELL(tails, );
	TELL_IN_THREAD(current, );
	TELL_IN_THREAD(own, .count);
	TELL_IN_THREAD(own, .sessions[1].at[1].x);
	tell_local(tell);
	tell_inlined(tell);
}

#ifdef PROGRAM
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* Offsets from where the file is mapped, or addresses where it is not movable. */
static void print(const struct place *place)
{
	unsigned long bias = MOVABLE ? (unsigned long)__ehdr_start : 0;

	if (!place->in_thread)
		printf("%s =%s %lx %lx\n", place->name, place->path,
		       (unsigned long)place->address - bias, (unsigned long)place->start - bias);
}

int main(void)
{
	fixture_run(print);
	return 0;
}
#endif
#endif
