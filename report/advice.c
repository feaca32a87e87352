/* SPDX-License-Identifier: MIT */
#include "advice.h"

#include <inttypes.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "stack.h"
#include "verdicts.h"
#include "visible.h"

/* "read_settings (leak.c:21)" */
static void put_place(FILE *file, const struct model_frame *frame)
{
	char function[4096];

	stack_function(frame, function, sizeof function);
	visible_put(file, function);
	if (!*frame->file)
		return;
	fputs(" (", file);
	visible_put(file, human_basename(frame->file));
	if (frame->line)
		fprintf(file, ":%" PRIu32, frame->line);
	putc(')', file);
}

static void put_own(FILE *file, const struct model_site *site)
{
	const struct model_frame *own = stack_own(&site->stack);

	if (own)
		put_place(file, own);
	else
		fputs("the code that allocates", file);
}

/* Some of its blocks are released: a path past the release is more likely than none at all. */
static void put_missed_path(FILE *file, const struct model_site *site)
{
	fputs("other blocks from ", file);
	put_own(file, site);
	fputs(" are released", file);
	if (site->releaser_count && site->releasers[0].stack.frame_count) {
		fputs(" by ", file);
		put_place(file, stack_own(&site->releasers[0].stack));
	}
	fputs(", so look for the path that misses it: an early return, an error, a pointer that is "
	      "overwritten",
	      file);
	if (site->remote_frees)
		fputs(", a hand-over to another thread that never comes", file);
	fputs(".", file);
}

/* Objects of these the interpreter keeps when they are dropped, and hands out again unseen. */
static bool is_kept_for_reuse(const char *type)
{
	static const char *const types[] = {"list", "dict", "tuple", "float", "frame"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

bool advice_put_reuse(FILE *file, const struct model_site *site)
{
	if (strncmp(site->api, "Py", 2) != 0 || site->frees <= site->resized ||
	    !verdicts_are_leaky(site->verdict) || !is_kept_for_reuse(site->type))
		return false;
	fprintf(file,
		"a %s that is dropped here is handed out again without a new allocation, so another "
		"line may have made what is live: go by what holds it.",
		site->type);
	return true;
}

static void put_leak(FILE *file, const struct model_site *site)
{
	if (site->frees > site->resized) {
		put_missed_path(file, site);
		return;
	}
	fputs("nothing from here is ever released: follow the pointer from ", file);
	put_own(file, site);
	fputs(" to where it is last used, and release it there.", file);
}

static void put_growing(FILE *file, const struct model_site *site)
{
	if (site->frees > site->resized) {
		put_missed_path(file, site);
		return;
	}
	fputs("find the container that keeps what ", file);
	put_own(file, site);
	fputs(" allocates, and give it a bound, or remove entries once they have served.", file);
}

static void put_unknown(FILE *file, const struct model *model)
{
	if (model->run.limit_count)
		fputs("record again so that nothing is missing: the list at the top says what was.",
		      file);
	else
		fputs("record a longer run, so that blocks have the time to die.", file);
}

void advice_put(FILE *file, const struct model *model, const struct model_site *site)
{
	if (advice_put_reuse(file, site))
		return;
	switch (site->verdict) {
	case VERDICT_LEAK:
		put_leak(file, site);
		break;
	case VERDICT_GROWING:
		put_growing(file, site);
		break;
	case VERDICT_UNFREED:
		fputs("if it is meant to live as long as the program, suppress it; if not, release it "
		      "where ",
		      file);
		put_own(file, site);
		fputs(" is done with it.", file);
		break;
	case VERDICT_UNKNOWN:
		put_unknown(file, model);
		break;
	case VERDICT_CLEANED:
		fputs("it was released only in the end; if the program may run for long, see whether "
		      "it grows until then.",
		      file);
		break;
	default:
		fputs("nothing: it behaves as memory should.", file);
	}
}

void advice_put_suppression(FILE *file, const struct model_site *site)
{
	const struct model_frame *own = stack_own(&site->stack);

	fputs("leak:", file);
	visible_put(file,
		    *own->function && !*own->note ? own->function : human_basename(own->module));
}
