/* SPDX-License-Identifier: MIT */
/*
 * What a program tells us of itself: through tenure.h, or through LeakSanitizer's interface, so that
 * programs prepared for that work unchanged. These functions stand in front of no others.
 */
#include "arch.h"
#include "interpose.h"
#include "record.h"
#include "snapshot.h"

/* As tenure.h declares them under other names, since there they are wrappers'. */
void tenure_mark(const char *name);
void tenure_ignore(const void *block);

/* As sanitizer/lsan_interface.h has them. */
void __lsan_disable(void);
void __lsan_enable(void);
void __lsan_ignore_object(const void *block);
void __lsan_register_root_region(const void *start, size_t size);
void __lsan_unregister_root_region(const void *start, size_t size);

/* Called by the functions below it, which the assembler defines. */
int snapshot_called(uint64_t unused, const struct arch_kept *kept);

PUBLIC void tenure_mark(const char *name)
{
	if (record_wanted())
		record_mark(name ? name : "");
}

PUBLIC void tenure_ignore(const void *block)
{
	if (block && record_wanted())
		record_event(EVENT_IGNORE, API_NONE, (uint64_t)block, 0, 0, NULL);
}

/* What was found is in the trace, and no business of the program: to it there are never any leaks. */
int snapshot_called(uint64_t unused, const struct arch_kept *kept)
{
	(void)unused;
	snapshot_now(SNAPSHOT_CALL, kept);
	return 0;
}
ARCH_KEEPING(tenure_snapshot, snapshot_called);
ARCH_KEEPING(__lsan_do_leak_check, snapshot_called);
ARCH_KEEPING(__lsan_do_recoverable_leak_check, snapshot_called);

PUBLIC void __lsan_disable(void)
{
	thread_local_state.ignoring++;
	thread_local_state.detail = EVENT_DETAIL_IGNORED;
}

PUBLIC void __lsan_enable(void)
{
	if (thread_local_state.ignoring && !--thread_local_state.ignoring)
		thread_local_state.detail = 0;
}

PUBLIC void __lsan_ignore_object(const void *block)
{
	tenure_ignore(block);
}

/* Memory outside of blocks is looked at anyway. */
PUBLIC void __lsan_register_root_region(const void *start, size_t size)
{
	(void)size;
	tenure_ignore(start);
}

PUBLIC void __lsan_unregister_root_region(const void *start, size_t size)
{
	(void)start;
	(void)size;
}
