/* SPDX-License-Identifier: MIT */
#include "budgets.h"

#include <stdlib.h>
#include <string.h>

#include "../util/options.h"

#define PAGE_BYTES 4096u
#define TEXT_MAX 32u

/* A number without a sign, a point or a unit. */
static bool parse_number(const char *text, size_t length, uint64_t *number)
{
	char digits[TEXT_MAX];

	if (!length || length >= sizeof digits || strspn(text, "0123456789") < length)
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	*number = strtoull(digits, NULL, 10);
	return true;
}

/* A number and one character behind it. */
static bool parse_marked(const char *text, char mark, uint64_t *number)
{
	size_t length = strlen(text);

	return length > 1 && text[length - 1] == mark && parse_number(text, length - 1, number);
}

bool budgets_parse_percent(const char *text, uint64_t *percent)
{
	return parse_marked(text, '%', percent);
}

bool budgets_parse_leaked(const char *text, struct budget *budget)
{
	budget->unit = BUDGET_COUNT;
	if (parse_marked(text, 'n', &budget->limit))
		return true;
	budget->unit = BUDGET_BYTES;
	return options_parse_bytes(text, &budget->limit);
}

bool budgets_parse_growth(const char *text, struct budget *budget)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	const char *slash = strchr(text, '/');
	char bytes[TEXT_MAX];
	uint64_t seconds = slash ? 0 : 1;

	for (size_t i = 0; slash && i < sizeof units / sizeof *units; i++)
		if (!strcmp(slash + 1, units[i].name))
			seconds = units[i].seconds;
	if (!seconds || (slash && slash - text >= (ptrdiff_t)sizeof bytes))
		return false;
	budget->unit = BUDGET_BYTES;
	if (!slash)
		return options_parse_bytes(text, &budget->limit);
	memcpy(bytes, text, (size_t)(slash - text));
	bytes[slash - text] = '\0';
	if (!options_parse_bytes(bytes, &budget->limit))
		return false;
	budget->limit /= seconds;
	return true;
}

bool budgets_parse_share(const char *text, struct budget *budget, enum budget_unit plain)
{
	budget->unit = BUDGET_PERCENT;
	if (parse_marked(text, '%', &budget->limit))
		return budget->limit <= 100;
	budget->unit = plain;
	if (plain == BUDGET_BYTES)
		return options_parse_bytes(text, &budget->limit);
	return parse_number(text, strlen(text), &budget->limit);
}

/* Rounded up: what is over the limit by a little is over it. */
static uint64_t percent(uint64_t part, uint64_t whole)
{
	if (!whole)
		return 0;
	return (uint64_t)(((unsigned __int128)part * 100 + whole - 1) / whole);
}

bool budgets_measure(const struct model *model, enum gate_rule rule, const struct budget *budget,
		     uint64_t *value)
{
	const struct model_run *run = &model->run;
	const struct model_pages *pages = &model->fragmentation.pages_end;

	switch (rule) {
	case GATE_PEAK:
		*value = run->peak_bytes;
		return true;
	case GATE_ALLOCATIONS:
		*value = run->allocations;
		return true;
	case GATE_TEMPORARY:
		*value = budget->unit == BUDGET_PERCENT ? percent(run->temporary, run->allocations)
							: run->temporary;
		return true;
	case GATE_FRAGMENTATION:
		*value = budget->unit == BUDGET_PERCENT
				 ? percent(pages->pinned_bytes, pages->occupied * PAGE_BYTES)
				 : pages->pinned_bytes;
		return model->fragmentation.known;
	default:
		return false;
	}
}

const struct budget *budgets_of(const struct budgets *budgets, enum gate_rule rule)
{
	switch (rule) {
	case GATE_PEAK:
		return &budgets->peak;
	case GATE_ALLOCATIONS:
		return &budgets->allocations;
	case GATE_TEMPORARY:
		return &budgets->temporary;
	default:
		return &budgets->fragmentation;
	}
}

const char *budgets_unit(enum gate_rule rule, const struct budget *budget)
{
	if (budget->unit == BUDGET_PERCENT)
		return "percent";
	return rule == GATE_ALLOCATIONS || rule == GATE_TEMPORARY ? "allocations" : "bytes";
}
