/* SPDX-License-Identifier: MIT */
#include "savings.h"

#include <string.h>

#include "visible.h"

/* "3.1 MiB", of what a saving is about, and of what it saves. */
struct amounts {
	struct human bytes, saved;
};

static const char *many(const struct model_saving *s)
{
	return human_plural(s->count);
}

static void put_slots(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	fprintf(file, "%s instance%s of ", human_count(s->count).text, many(s));
	visible_put(file, s->name);
	fprintf(file,
		" take %s with their attributes, of which all have the same. With __slots__ = (...) "
		"in the class, or @dataclass(slots=True), they take %s less, if nothing needs their "
		"__dict__.",
		a->bytes.text, a->saved.text);
}

static void put_array(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	bool ints = !strcmp(s->name, "int");

	fprintf(file,
		"%s %s in %s list%s take %s besides the list%s, which only point%s to them. "
		"array.array('%c', ...) or an array of NumPy's has the numbers themselves in as "
		"many bytes as the list%s, which saves %s.",
		human_count(s->count).text, ints ? "ints" : "floats", human_count(s->groups).text,
		human_plural(s->groups), a->bytes.text, human_plural(s->groups),
		s->groups == 1 ? "s" : "", ints ? 'q' : 'd', human_plural(s->groups),
		a->saved.text);
}

static void put_intern(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	if (s->groups == 1)
		fprintf(file, "%s strings have the same text, '", human_count(s->count).text);
	else
		fprintf(file, "%s strings have one of %s texts, most of them '",
			human_count(s->count).text, human_count(s->groups).text);
	visible_put(file, s->name);
	fprintf(file,
		"', and take %s. sys.intern() where they are made, or a dictionary of those seen so "
		"far, keeps one of each and saves %s.",
		a->bytes.text, a->saved.text);
}

static const char *bound_for(const char *type)
{
	if (!strcmp(type, "functools._lru_cache_wrapper"))
		return "give its lru_cache a maxsize";
	if (!strcmp(type, "list") || !strcmp(type, "collections.deque"))
		return "take out what has served, or keep the last ones only with "
		       "collections.deque(maxlen=...)";
	if (!strcmp(type, "set"))
		return "take out what has served, or hold it weakly with weakref.WeakSet";
	return "take out what has served, use functools.lru_cache(maxsize=...) where results are "
	       "kept, or weakref.WeakValueDictionary where others own the values";
}

static void put_cache(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	visible_put(file, s->name);
	fputs(" (", file);
	visible_put(file, s->type);
	fprintf(file, ") only grows: %s block%s behind it, %s", human_count(s->count).text, many(s),
		a->bytes.text);
	if (s->nothing_released)
		fputs(", and nothing was ever taken out", file);
	fprintf(file, ". Give it a bound: %s.", bound_for(s->type));
}

static void put_generator(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	fprintf(file,
		"A list that is made here and dropped as soon as it is complete was part of the peak "
		"with %s in %s block%s. If it is walked through once, a generator expression, (...) "
		"in place of [...], has one item at a time, and the peak is up to %s lower.",
		a->bytes.text, human_count(s->count).text, many(s), a->saved.text);
}

static void put_view(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	fprintf(file,
		"%s block%s of %s in all, each a little shorter than the one before. If each is the "
		"rest of that, as data = data[n:] makes it, slices of a memoryview(data) copy "
		"nothing; of a list, an index or collections.deque.",
		human_count(s->count).text, many(s), a->bytes.text);
}

static void put_join(FILE *file, const struct model_saving *s, const struct amounts *a)
{
	fprintf(file,
		"%s block%s of %s in all, each a little longer than the one before. If each is that "
		"and something more, as data = data + part makes it, a bytearray, io.BytesIO or "
		"''.join(parts) copies every part about once.",
		human_count(s->count).text, many(s), a->bytes.text);
}

static const struct saving_words {
	const char *title; /* what is followed by how much it saves */
	void (*put)(FILE *file, const struct model_saving *s, const struct amounts *a);
} words[SAVING_RULES] = {
	[SAVING_SLOTS] = {"__slots__ in class ", put_slots},
	[SAVING_ARRAY] = {"an array of numbers", put_array},
	[SAVING_INTERN] = {"one string for equal ones", put_intern},
	[SAVING_CACHE] = {"a bound for ", put_cache},
	[SAVING_GENERATOR] = {"a generator", put_generator},
	[SAVING_VIEW] = {"a memoryview", put_view},
	[SAVING_JOIN] = {"a bytearray or join", put_join},
};

void savings_put_title(FILE *file, const struct model_saving *saving, bool exact)
{
	fputs(words[saving->rule].title, file);
	if (saving->rule == SAVING_SLOTS || saving->rule == SAVING_CACHE)
		visible_put(file, saving->name);
	if (saving->rule == SAVING_GENERATOR)
		fprintf(file, " saves up to %s of the peak",
			human_bytes(saving->saved_bytes, exact).text);
	else if (saving->rule == SAVING_VIEW || saving->rule == SAVING_JOIN)
		fprintf(file, " saves copying up to %s",
			human_bytes(saving->saved_bytes, exact).text);
	else if (saving->saved_bytes)
		fprintf(file, " saves %s", human_bytes(saving->saved_bytes, exact).text);
}

void savings_put(FILE *file, const struct model_saving *saving, bool exact)
{
	const struct amounts amounts = {human_bytes(saving->bytes, exact),
					human_bytes(saving->saved_bytes, exact)};

	words[saving->rule].put(file, saving, &amounts);
}
