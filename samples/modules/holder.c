/* SPDX-License-Identifier: MIT */
/* holder.c - a plugin with places where something can be kept; see heap/modules.c and heap/thread_locals.c. */

void *held;
void **slot_of_thread(void);

static __thread void *held_by_thread;

void **slot_of_thread(void)
{
	return &held_by_thread;
}
