/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

static void put_group(struct rows *r, uint32_t id, const char *grouping,
		      const struct model_group *group)
{
	rows_put_int(r, id);
	rows_put_text(r, grouping);
	rows_put_text(r, group->name);
	rows_put_int(r, group->sum.stacks);
	sqlite_put_site_columns(r, &group->sum);
	rows_finish_row(r);
}

void sqlite_put_groups(struct database *d, const struct model *model)
{
	struct rows groups, generations;
	uint32_t id = 0;

	rows_begin(&groups, d, "groups");
	rows_begin(&generations, d, "group_generations");
	for (uint32_t i = 0; i < model->grouping_count; i++) {
		const struct model_grouping *grouping = &model->groupings[i];

		for (uint32_t k = 0; k < grouping->group_count; k++) {
			put_group(&groups, ++id, grouping->name, &grouping->groups[k]);
			sqlite_put_generations(&generations, id,
					       grouping->groups[k].sum.generations);
		}
	}
	rows_end(&generations);
	rows_end(&groups);
}
