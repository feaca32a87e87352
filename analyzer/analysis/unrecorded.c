/* SPDX-License-Identifier: MIT */
#include "unrecorded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/human.h"

#define NAMED_MAX 3u

static const char *reason_words(uint32_t reason)
{
	static const char *const words[] = {
		[UNRECORDED_NOT] = "there were too many to be told apart",
		[UNRECORDED_STATIC] = "statically linked",
		[UNRECORDED_OTHER_CLASS] = "built for another word size",
		[UNRECORDED_OTHER_MACHINE] = "built for another processor",
		[UNRECORDED_MUSL] = "built for the musl C library",
		[UNRECORDED_SANITIZER] = "built with a sanitizer",
		[UNRECORDED_PRIVILEGES] = "changes privileges",
	};

	_Static_assert(sizeof words / sizeof *words == UNRECORDED_REASONS, "words for each");
	return reason < UNRECORDED_REASONS ? words[reason]
					   : "for a reason that this version does not know";
}

static int by_program(const void *a, const void *b)
{
	const struct model_unrecorded *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->reason, y->reason);
}

/* Those without a path last. */
static int by_times(const void *a, const void *b)
{
	const struct model_unrecorded *x = a, *y = b;

	if (!*x->path != !*y->path)
		return *x->path ? -1 : 1;
	if (x->times != y->times)
		return x->times < y->times ? 1 : -1;
	return by_program(a, b);
}

/* A program may have entries that were lost in a race: see preload/unrecorded.c. */
static uint32_t merge(struct model_unrecorded *list, uint32_t count)
{
	uint32_t kept = 0;

	qsort(list, count, sizeof *list, by_program);
	for (uint32_t i = 0; i < count; i++) {
		struct model_unrecorded *last = kept ? &list[kept - 1] : NULL;

		if (!last || by_program(last, &list[i]))
			list[kept++] = list[i];
		else if (__builtin_add_overflow(last->times, list[i].times, &last->times))
			last->times = UINT64_MAX;
	}
	return kept;
}

void unrecorded_list(struct model_run *run, struct arena *arena, const struct reader *reader)
{
	uint32_t count = reader_unrecorded_count(reader);
	struct model_unrecorded *list = arena_alloc(arena, count * sizeof *list);

	for (uint32_t i = 0; i < count; i++) {
		const struct trace_unrecorded *entry = reader_unrecorded(reader, i);

		list[i] = (struct model_unrecorded){
			.path = arena_strdup(arena, entry->path),
			.reason = reason_words(entry->reason),
			.times = entry->times,
		};
	}
	run->unrecorded_count = merge(list, count);
	qsort(list, run->unrecorded_count, sizeof *list, by_times);
	run->unrecorded = list;
}

const char *unrecorded_sentence(const struct model_run *run, struct arena *arena)
{
	uint32_t count = run->unrecorded_count, named = 0;
	bool more = !*run->unrecorded[count - 1].path;
	const char *names = "";

	for (; named < count && named < NAMED_MAX && *run->unrecorded[named].path; named++)
		names = arena_printf(arena, "%s%s %s (%s)", names, named ? "," : ":",
				     run->unrecorded[named].path, run->unrecorded[named].reason);
	return arena_printf(
		arena, "%s%s program%s that it executed could not be recorded%s%s; %s in no trace.",
		more ? "At least " : "", human_count(count).text, human_plural(count), names,
		named < count && named ? ", and others" : "",
		count == 1 && !more ? "it is" : "they are");
}
