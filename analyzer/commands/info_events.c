/* SPDX-License-Identifier: MIT */
#include "info_events.h"

#include <inttypes.h>
#include <string.h>

#include "../util/human.h"
#include "../../report/visible.h"
#include "../analysis/apis.h"
#include "../analysis/frames.h"

/* Hostile chains of frames may be as long as their table. */
#define DEPTH_MAX 4096u

static void put_word(FILE *file, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == ',' || *p == '\\')
			fprintf(file, "\\x%02x", *p);
		else
			putc(*p, file);
}

static const char *pseudo_word(uint64_t address)
{
	switch (address) {
	case FRAME_GAP:
		return "<gap>";
	case FRAME_TRUNCATED:
		return "<truncated>";
	case FRAME_TABLE_FULL:
		return "<table-full>";
	case FRAME_CALLER_ONLY:
		return "<caller-only>";
	default:
		return "<unknown>";
	}
}

static void put_frames(const struct reader *reader, stack_id stack, FILE *file)
{
	const char *separator = " frames=";

	for (uint32_t depth = 0; stack && depth < DEPTH_MAX; depth++) {
		const struct trace_frame *frame = reader_stack(reader, stack);
		const struct trace_module *module;

		if (!frame)
			return;
		module = frame->module ? reader_module(reader, frame->module) : NULL;
		fputs(separator, file);
		if (module) {
			put_word(file, human_basename(module->path));
			fprintf(file, "+0x%" PRIx64, frame->address);
		} else {
			fputs(pseudo_word(frame->address), file);
		}
		separator = ",";
		stack = frame->parent;
	}
}

static void put_names(struct frames *frames, stack_id stack, FILE *file)
{
	struct model_stack named = frames_peek(frames, stack, false);

	for (uint32_t i = 0; i < named.frame_count; i++) {
		const struct model_frame *frame = &named.frames[i];

		putc('\t', file);
		if (*frame->note)
			visible_put(file, frame->note);
		else if (*frame->function)
			visible_put(file, frame->function);
		else
			fprintf(file, "+0x%" PRIx64, frame->offset);
		if (*frame->file) {
			putc(' ', file);
			visible_put(file, frame->file);
			fprintf(file, ":%" PRIu32, frame->line);
		}
		if (*frame->module && strcmp(frame->module, frame->file) != 0) {
			putc(' ', file);
			visible_put(file, frame->module);
		}
		putc('\n', file);
	}
}

static bool has_size(const struct trace_event *event)
{
	switch (event->kind) {
	case EVENT_FREE:
	case EVENT_REALLOC_BEGIN:
	case EVENT_FORK:
	case EVENT_MARK:
	case EVENT_THREAD_STACK:
	case EVENT_THREAD_JOINED:
	case EVENT_IGNORE:
		return false;
	default:
		return true;
	}
}

static bool may_fail(const struct trace_event *event)
{
	return event->kind == EVENT_FAIL ||
	       ((event->kind == EVENT_REALLOC_END || event->kind == EVENT_REMAP_END) &&
		!event->address);
}

static void put_detail(const struct trace_event *event, FILE *file)
{
	if (may_fail(event)) {
		if (event->detail & EVENT_DETAIL_ERRNO)
			fprintf(file, " errno=%u", event->detail & EVENT_DETAIL_ERRNO);
		if (event->detail & EVENT_DETAIL_INJECTED)
			fputs(" injected=1", file);
	} else if (event->detail) {
		fprintf(file, " flags=0x%x", event->detail);
	}
}

/* NULL, where an epoch ends and none begins: no name. */
static void put_mark(const char *name, FILE *file)
{
	if (!name)
		return;
	fputs(" name=", file);
	put_word(file, name);
}

void info_events_put(struct reader *reader, bool names, FILE *file)
{
	struct arena arena = {0};
	struct frames frames = {.reader = reader, .arena = &arena};
	struct trace_event event;

	if (names)
		frames.symbols = symbols_new();
	while (reader_next(reader, &event)) {
		fprintf(file, "ns=%" PRIu64 " thread=%" PRIu32 " kind=%s",
			reader_elapsed_ns(reader, event.stamp), event.thread,
			apis_event_word(event.kind));
		if (event.api != API_NONE)
			fprintf(file, " api=%s", apis_word(event.api));
		if (event.address)
			fprintf(file, " address=0x%" PRIx64, event.address);
		if (has_size(&event))
			fprintf(file, " size=%" PRIu64, event.size);
		if (event.stack)
			fprintf(file, " stack=%" PRIu32, event.stack);
		put_detail(&event, file);
		if (event.kind == EVENT_MARK)
			put_mark(reader_mark(reader, event.size), file);
		put_frames(reader, event.stack, file);
		putc('\n', file);
		if (names)
			put_names(&frames, event.stack, file);
	}
	frames_release(&frames);
	if (names)
		symbols_free(frames.symbols);
	arena_release(&arena);
}
