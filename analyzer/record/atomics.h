/* SPDX-License-Identifier: MIT */
/*
 * atomics.h - access to memory that the recorded process shares with us, order in the name.
 *
 * The process may be hostile: whatever is loaded is copied once, then checked, then used. Orders
 * appear here and nowhere else in analyzer/.
 */
#ifndef TENURE_RECORD_ATOMICS_H
#define TENURE_RECORD_ATOMICS_H

#include <stdatomic.h>

#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define add_release(p, v) atomic_fetch_add_explicit((p), (v), memory_order_release)

/* Store-load barrier: neither side may take its own earlier store for the other's. */
#define full_fence() atomic_thread_fence(memory_order_seq_cst)

/* For members that are not _Atomic: one load that the compiler neither repeats nor splits. */
#define load_once(p) __atomic_load_n((p), __ATOMIC_RELAXED)

#endif
