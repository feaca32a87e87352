/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the vocabulary of a trace: what the writer stores and the reader gives back.
 *
 * Values only. Everything here is in host form; the bytes on disk are the business
 * of writer.c and reader.c and are described in man/tenure-trace.5. Ids count from 1 in the order
 * of definition; 0 means "none". A definition precedes its first use in the file.
 */
#ifndef TENURE_TRACE_H
#define TENURE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../preload/protocol.h" /* enum event_kind, api, unrecorded_reason, ..., FRAME_* */

typedef uint32_t stack_id; /* a node of the stack tree: a call stack from the root to the node */
typedef uint32_t module_id;
typedef uint32_t
	thread_id; /* a thread's number within its process; tids are reused, these are not */
typedef uint32_t mark_id; /* a name that marks have */
typedef uint32_t code_id; /* a code object of Python */

/* What was run. Strings are owned by whoever fills the struct in; argv is argc NUL-ended strings. */
struct trace_program {
	const char *exe; /* absolute path, "" if unknown */
	const char *cwd;
	const char *host;
	const char *argv; /* argv_bytes bytes; never assume that it is printable */
	uint32_t argv_bytes;
	int32_t pid, parent_pid;
	uint32_t clock_kind; /* enum clock_kind */
	uint32_t flags; /* enum region_flag, as known when written; end.flags is final */
	uint64_t start_stamp, start_monotonic_ns, start_realtime_ns;
	uint64_t sample_interval_bytes; /* 0: everything was recorded */
};

struct trace_module {
	const char *path; /* as the loader knew it */
	uint64_t bias; /* run-time address minus link-time address */
	uint64_t start, end; /* run-time range */
	uint64_t load_stamp; /* 0: present from the beginning */
	uint8_t build_id[20];
	uint8_t build_id_bytes;
};

/*
 * A code object of Python: a function, a module's or class's body, a comprehension, by its name and
 * file. Frames of it are in the module of the path TRACE_PYTHON; their addresses have its id above
 * the line that they are at, which is 0 if it is unknown.
 */
struct trace_code {
	const char *name, *file; /* UTF-8 */
	uint32_t first_line;
};

/* The interpreter that a process has had. */
struct trace_python {
	uint32_t version; /* as sys.hexversion */
	uint32_t state; /* enum python_state */
	uint32_t allocator; /* enum python_allocator */
	uint64_t teardown_stamp; /* it took itself apart from here on; 0: it did not */
	uint64_t codes_lost; /* code objects that nothing is known of */
};

#define TRACE_PYTHON "[python]"
#define TRACE_CODE_SHIFT 32

static inline uint64_t trace_code_address(code_id code, uint32_t line)
{
	return (uint64_t)code << TRACE_CODE_SHIFT | line;
}

/* One frame: address is link-time (run-time minus bias) if module is set, else run-time. FRAME_*
 * pseudo frames have module 0 and an address below 4096. */
struct trace_frame {
	uint64_t address;
	module_id module;
	stack_id parent; /* always smaller than the frame's own id; 0 for an outermost frame */
};

struct trace_thread {
	thread_id id;
	int32_t tid;
	uint64_t begin_stamp, end_stamp; /* end_stamp 0: alive when the trace ended */
	char name[16]; /* NUL-padded; 16 bytes may be used without a NUL */
};

/*
 * One event in the order of its stamp. A reallocation or mremap comes as its BEGIN and its END,
 * which belong together by thread: no other pair of the same kind of that thread lies between,
 * except where a signal handler reallocated inside it (pairs then nest).
 */
struct trace_event {
	uint64_t stamp;
	uint64_t address;
	uint64_t size;
	stack_id stack;
	thread_id thread;
	uint8_t kind; /* enum event_kind: ALLOC .. BREAK, LOST, FORK, MARK (size is a mark_id) */
	uint8_t api; /* enum api */
	uint16_t detail;
};

/* A pair of clock readings taken together, to turn stamps into time (interpolate; extrapolate by
 * the nearest pair). Where clock_kind is CLOCK_STAMP_NS the two are equal. */
struct trace_clock {
	uint64_t stamp, monotonic_ns;
};

/* Memory of the process as the kernel sees it. */
struct trace_memory {
	uint64_t monotonic_ns;
	uint64_t resident_bytes, virtual_bytes, shared_bytes;
};

struct trace_child {
	uint64_t monotonic_ns;
	int32_t pid;
	const char *trace_path; /* relative to the parent's trace if in the same folder */
};

/* Executions of a program that could not be recorded. */
struct trace_unrecorded {
	uint32_t reason; /* enum unrecorded_reason, or one of a later version */
	uint64_t times;
	const char *path; /* "" with UNRECORDED_NOT: programs that found no room in a table */
};

/*
 * A snapshot: the process as it was when all its threads stood still. Its words are those aligned ones of its
 * readable memory, as far as that may hold pointers to blocks, whose value is an address in one of
 * its mappings; and pairs of words, length and capacity, in front of what looks like a string. All
 * else in memory has no meaning for who holds what, and is not kept.
 */
struct trace_word {
	uint64_t address, value;
};

enum trace_mapping_flag {
	TRACE_MAPPING_READ = 1u << 0,
	TRACE_MAPPING_WRITE = 1u << 1,
	TRACE_MAPPING_EXECUTE = 1u << 2,
	TRACE_MAPPING_SHARED = 1u << 3,
	TRACE_MAPPING_RECORDER = 1u << 4, /* the recorder's own memory: has no words */
	TRACE_MAPPING_UNREAD = 1u << 5, /* some of it could not be read: words may be missing */
};

struct trace_mapping {
	uint64_t start, end;
	uint32_t flags; /* enum trace_mapping_flag */
	const char *name; /* a path, "[heap]", "[stack]", ...; "" of anonymous memory */
};

enum trace_frozen_flag {
	TRACE_FROZEN_STOPPED =
		1u << 0, /* it stood still; else its registers are unknown and all 0 */
	TRACE_FROZEN_ASKED =
		1u << 1, /* it asked for the snapshot: registers are those of its caller */
	TRACE_FROZEN_EMPTY = 1u << 2, /* main has returned: nothing below the arguments lives */
};

/* A thread of the process. What lies below the stack pointer (and the red zone) is dead. */
struct trace_frozen {
	int32_t tid;
	uint32_t flags; /* enum trace_frozen_flag */
	uint64_t stack_pointer, thread_pointer; /* 0: unknown */
	uint64_t call_address; /* behind the system call that it is in; 0: none, or unknown */
	uint32_t first_register,
		register_count; /* in trace_snapshot.registers: general and vector */
};

enum trace_kernel_root_kind {
	TRACE_ROOT_EPOLL = 1, /* data of a descriptor that an epoll instance watches */
	TRACE_ROOT_TIMER, /* value that a POSIX timer's signal brings */
};

/* A word that the kernel keeps for the process. */
struct trace_kernel_root {
	uint32_t kind; /* enum trace_kernel_root_kind */
	uint64_t value;
};

enum trace_object_name_kind {
	TRACE_NAME_CLASS = 1, /* of an object that is a class of Python */
	TRACE_NAME_STRING, /* the text of a string of Python that names something */
	TRACE_NAME_EQUAL, /* the text that many strings of Python have, of which this is one */
};

/* What an object in memory is called; of a class also what it says of its objects. */
struct trace_object_name {
	uint64_t address;
	uint32_t kind; /* enum trace_object_name_kind */
	const char *text;
	uint32_t basic_bytes,
		item_bytes; /* tp_basicsize, tp_itemsize; of equal strings what each takes */
	uint32_t flags; /* tp_flags */
	uint32_t dict_offset; /* tp_dictoffset: negative numbers are kept as they are in 32 bits */
	uint32_t count; /* of equal strings */
};

#define PYTHON_GENERATIONS 3

/* Of CPython's garbage collector: what gc.get_threshold and gc.get_stats say. */
struct trace_python_generation {
	uint32_t threshold;
	uint64_t collections, collected, uncollectable;
};

/* All 0: not known. */
struct trace_python_collector {
	uint32_t known; /* 1 */
	uint32_t enabled; /* 0 or 1 */
	struct trace_python_generation generations[PYTHON_GENERATIONS];
};

enum trace_snapshot_cause {
	TRACE_SNAPSHOT_EXIT = 1, /* after exit handlers and destructors */
	TRACE_SNAPSHOT_REQUEST, /* tenure snapshot PID */
	TRACE_SNAPSHOT_INTERVAL, /* --snapshot-every */
	TRACE_SNAPSHOT_CALL, /* tenure_snapshot(), or a leak check of LeakSanitizer's interface */
};

enum trace_snapshot_flag {
	TRACE_SNAPSHOT_COPY = 1u << 0, /* read from a forked copy, while the process went on */
	TRACE_SNAPSHOT_RUNNING = 1u << 1, /* some threads ran on while memory was read */
	TRACE_SNAPSHOT_NO_KERNEL_ROOTS = 1u << 2, /* what the kernel keeps could not be asked for */
};

struct trace_snapshot {
	uint32_t number; /* from 1, within the trace */
	uint32_t cause; /* enum trace_snapshot_cause */
	uint32_t flags; /* enum trace_snapshot_flag */
	uint64_t stamp; /* events before it have happened, those after it have not */
	uint64_t monotonic_ns;
	uint64_t pause_ns; /* for which threads stood still that did not ask for it */
	uint64_t read_bytes, unread_bytes; /* of memory; the latter could not be read */
	uint64_t word_count;
	const struct trace_mapping *mappings; /* ascending, not overlapping */
	uint32_t mapping_count;
	const struct trace_frozen *threads;
	uint32_t thread_count;
	const uint64_t *registers;
	uint32_t register_count;
	const struct trace_kernel_root *kernel_roots;
	uint32_t kernel_root_count;
	const struct trace_object_name *names; /* ascending by address */
	uint32_t name_count;
	struct trace_python_collector collector;
};

enum trace_end_kind {
	TRACE_END_UNKNOWN = 0, /* ended without a word, and nobody waited for it: killed */
	TRACE_END_EXIT, /* status */
	TRACE_END_UNDERSCORE_EXIT,
	TRACE_END_QUICK_EXIT,
	TRACE_END_EXEC, /* the image was replaced; the next trace of this pid goes on */
	TRACE_END_SIGNAL, /* status is the signal number */
	TRACE_END_DETACHED, /* the collector had to leave while the process ran on */
};

/* Totals the collector counted while writing; the reader's own count must agree. */
struct trace_end {
	uint32_t kind; /* enum trace_end_kind */
	int32_t status;
	uint32_t flags; /* enum region_flag */
	uint64_t stamp, monotonic_ns;
	uint64_t events; /* stored, all kinds */
	uint64_t events_lost; /* dropped anywhere on the way, all reasons */
	uint64_t stacks_truncated;
	uint64_t modules_lost;
};

/* Why and where something could not be read or written. */
struct trace_error {
	uint64_t offset; /* in the file, bytes */
	bool cut; /* the file ends there, inside of something: what is before is as it was written */
	char message[200];
};

#endif
