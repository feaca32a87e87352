/* SPDX-License-Identifier: MIT */
#include "sqlite_parts.h"

/* Of a profile. */
static void put_runs(struct rows *r, const struct model_run *run)
{
	if (!run->runs) {
		for (int i = 0; i < 3; i++)
			rows_put_null(r);
		return;
	}
	rows_put_uint(r, run->runs);
	rows_put_int(r, run->programs);
	rows_put_uint(r, run->last_end_realtime_ns);
}

static void put_run(struct database *d, const struct model_run *run)
{
	static const char *const clocks[] = {
		[AGE_BYTES] = "bytes",
		[AGE_ALLOCATIONS] = "allocations",
		[AGE_NS] = "ns",
	};
	struct rows rows;
	struct rows *r = &rows;

	rows_begin(r, d, "run");
	rows_put_text(r, run->program);
	rows_put_int(r, run->pid);
	rows_put_int(r, run->complete);
	rows_put_text(r, run->end_kind);
	rows_put_int(r, run->end_status);
	rows_put_uint(r, run->start_realtime_ns);
	rows_put_uint(r, run->duration_ns);
	rows_put_int(r, run->threads);
	rows_put_uint(r, run->allocations);
	rows_put_uint(r, run->frees);
	rows_put_uint(r, run->allocated_bytes);
	rows_put_uint(r, run->live_blocks);
	rows_put_uint(r, run->live_bytes);
	rows_put_uint(r, run->peak_bytes);
	rows_put_uint(r, run->peak_blocks);
	rows_put_uint(r, run->peak_ns);
	rows_put_uint(r, run->temporary);
	rows_put_uint(r, run->failed_allocations);
	rows_put_uint(r, run->injected_failures);
	rows_put_uint(r, run->lost_events);
	rows_put_uint(r, run->stacks_truncated);
	rows_put_uint(r, run->unseen_releases);
	rows_put_uint(r, run->undecided_releases);
	rows_put_uint(r, run->inherited_frees);
	rows_put_int(r, run->forked);
	rows_put_int(r, run->sampled);
	rows_put_uint(r, run->sample_interval_bytes);
	rows_put_uint(r, run->mappings);
	rows_put_uint(r, run->mapped_bytes);
	rows_put_uint(r, run->peak_resident_bytes);
	rows_put_uint(r, run->events);
	rows_put_text(r, run->trace_path);
	rows_put_uint(r, run->trace_bytes);
	rows_put_name(r, run->damage);
	rows_put_text(r, clocks[run->age_clock]);
	rows_put_uint(r, run->turnover_bytes);
	rows_put_uint(r, run->generation_ages[0]);
	rows_put_uint(r, run->generation_ages[1]);
	rows_put_double(r, run->byte_seconds);
	sqlite_put_survival_columns(r, &run->survival);
	sqlite_put_sample_columns(r, &run->sample);
	put_runs(r, run);
	rows_finish_row(r);
	rows_end(r);
}

static void put_texts(struct database *d, const char *table, bool numbered,
		      const char *const *texts, uint32_t count)
{
	struct rows r;

	rows_begin(&r, d, table);
	for (uint32_t i = 0; i < count; i++) {
		if (numbered)
			rows_put_int(&r, i);
		rows_put_text(&r, texts[i]);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_ages(struct database *d, const struct model_run *run)
{
	struct rows generations, survival;

	rows_begin(&generations, d, "run_generations");
	sqlite_put_generations(&generations, 0, run->generations);
	rows_end(&generations);
	rows_begin(&survival, d, "run_survival");
	sqlite_put_survival(&survival, 0, &run->survival);
	rows_end(&survival);
}

static void put_time(struct database *d, const struct model *model)
{
	struct rows census, resident;

	rows_begin(&census, d, "census");
	for (uint32_t i = 0; i < model->census_count; i++) {
		const struct model_census *row = &model->census[i];

		rows_put_uint(&census, row->ns);
		rows_put_uint(&census, row->clock);
		rows_put_uint(&census, row->live_bytes);
		rows_put_uint(&census, row->live_blocks);
		for (int g = 0; g < GENERATIONS; g++)
			rows_put_uint(&census, row->bytes[g]);
		rows_put_uint(&census, row->heap_pages);
		rows_put_uint(&census, row->pinned_bytes);
		rows_finish_row(&census);
	}
	rows_end(&census);
	rows_begin(&resident, d, "resident");
	for (uint32_t i = 0; i < model->resident_count; i++) {
		rows_put_uint(&resident, model->resident[i].ns);
		rows_put_uint(&resident, model->resident[i].bytes);
		rows_finish_row(&resident);
	}
	rows_end(&resident);
}

static void put_threads(struct database *d, const struct model *model)
{
	struct rows r;

	rows_begin(&r, d, "threads");
	for (uint32_t i = 0; i < model->thread_count; i++) {
		const struct model_thread *thread = &model->threads[i];

		rows_put_int(&r, thread->id);
		rows_put_int(&r, thread->tid);
		rows_put_name(&r, thread->name);
		rows_put_uint(&r, thread->allocations);
		rows_put_uint(&r, thread->allocated_bytes);
		rows_put_uint(&r, thread->frees);
		rows_put_uint(&r, thread->remote_frees);
		rows_put_uint(&r, thread->live_blocks);
		rows_put_uint(&r, thread->live_bytes);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_modules(struct database *d, const struct model *model)
{
	struct rows r;

	rows_begin(&r, d, "modules");
	for (uint32_t i = 0; i < model->module_count; i++) {
		rows_put_text(&r, model->modules[i].path);
		rows_put_name(&r, model->modules[i].build_id);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_size_classes(struct database *d, const struct model *model)
{
	struct rows r;

	rows_begin(&r, d, "size_classes");
	for (uint32_t i = 0; i < model->size_class_count; i++) {
		const struct model_size_class *class = &model->size_classes[i];

		rows_put_uint(&r, class->least);
		rows_put_uint(&r, class->allocations);
		rows_put_uint(&r, class->allocated_bytes);
		rows_put_uint(&r, class->live_blocks);
		rows_put_uint(&r, class->live_bytes);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_lifetimes(struct database *d, const struct model_lexis *lexis)
{
	struct rows r;

	rows_begin(&r, d, "lifetimes");
	for (uint32_t i = 0; i < lexis->cell_count; i++) {
		const struct model_lexis_cell *cell = &lexis->cells[i];

		rows_put_uint(&r, lexis->birth_ns[cell->birth]);
		rows_put_uint(&r, lexis->ages[cell->age]);
		rows_put_int(&r, cell->alive);
		rows_put_reference(&r, cell->site);
		rows_put_uint(&r, cell->blocks);
		rows_put_uint(&r, cell->bytes);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

void sqlite_put_run(struct database *d, const struct model *model)
{
	const struct model_run *run = &model->run;

	put_run(d, run);
	put_texts(d, "arguments", true, run->argv, run->argc);
	put_texts(d, "limits", false, run->limits, run->limit_count);
	put_texts(d, "children", false, run->children, run->child_count);
	put_ages(d, run);
	put_time(d, model);
	put_threads(d, model);
	put_modules(d, model);
	put_size_classes(d, model);
	put_lifetimes(d, &model->lexis);
}
