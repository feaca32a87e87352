/* SPDX-License-Identifier: MIT */
/*
 * atomics.h - atomic access with the memory order in the name of the call.
 *
 * Used by everything in preload/ that is shared between threads or with the collector. Orders
 * appear here and nowhere else; why an order suffices is argued where the call stands.
 */
#ifndef TENURE_ATOMICS_H
#define TENURE_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h" /* cas_own */

#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define load_acquire(p) atomic_load_explicit((p), memory_order_acquire)
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) atomic_store_explicit((p), (v), memory_order_release)
#define add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define add_release(p, v) atomic_fetch_add_explicit((p), (v), memory_order_release)
#define or_relaxed(p, v) atomic_fetch_or_explicit((p), (v), memory_order_relaxed)

/* Compare and swap; on failure *expected receives the value found. */
#define cas_release(p, expected, v) \
	atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_release, \
						memory_order_acquire)
#define cas_acquire(p, expected, v) \
	atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acquire, \
						memory_order_acquire)

/* Between a store and a later load of the same thread, as all others see them. */
#define full_fence() atomic_thread_fence(memory_order_seq_cst)

/* Keeps the compiler from moving accesses across; enough between a thread and its own signal
 * handlers, which run on the same processor in program order. */
#define signal_fence() atomic_signal_fence(memory_order_seq_cst)

#endif
