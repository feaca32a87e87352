# SPDX-License-Identifier: MIT
"""However a process ends, every event that happened is in its trace."""
from expectations import check_expectations
from harness import equal, record, record_by_preload, sample, signal_status, table, wait_until

# mode, status as the shell's caller sees it, what the trace says
ENDINGS = (
    ("return", 6, {"kind": "exit", "status": 6}),
    ("exit", 7, {"kind": "exit", "status": 7}),
    ("_exit", 8, {"kind": "_exit", "status": 8}),
    ("quick_exit", 9, {"kind": "quick_exit", "status": 9}),
    ("SIGKILL", signal_status("SIGKILL"), {"kind": "signal", "status": 9}),
    ("SIGTERM", signal_status("SIGTERM"), {"kind": "signal", "status": 15}),
    ("SIGSEGV", signal_status("SIGSEGV"), {"kind": "signal", "status": 11}),
    ("abort", signal_status("SIGABRT"), {"kind": "signal", "status": 6}),
    ("exec", 6, {"kind": "exec"}),
)
COUNTS = (1, 50, 1000, 100000)


def check_end(trace, expected):
    end = trace.info["end"]
    equal(end["kind"], expected["kind"], f"end kind of {trace}")
    if "status" in expected:
        equal(end["status"], expected["status"], f"end status of {trace}")
    equal(trace.info["complete"], True, f"{trace} is complete")


def first_image(recording):
    """The trace of the image that allocated; exec leaves a second one."""
    return max(recording.traces, key=lambda trace: trace.info["allocations"])


@table(*((f"{mode}-{count}", mode, count, status, end) for mode, status, end in ENDINGS
         for count in COUNTS))
def ending(mode, count, status, end):
    """Events buffered in the process, a status or signal that changes, an end not recognised."""
    recording = record([sample("ending"), mode, str(count)], status=status)
    check_expectations(recording)
    check_end(first_image(recording), end)
    equal(len(recording.traces), 2 if mode == "exec" else 1, "traces")


@table(*((mode, mode, status, end) for mode, status, end in ENDINGS))
def ending_by_preload(mode, status, end):
    """As above, with nobody but the library's own collector to see the end. It is not the parent,
    so all it can say of a killed process is that it ended without a word."""
    recording = record_by_preload([sample("ending"), mode, "1000"], status=status)
    wait_until(lambda: recording.traces and all(t.complete() for t in recording.traces), 5,
               "complete traces")
    check_expectations(recording)
    check_end(first_image(recording), {"kind": "unknown"} if end["kind"] == "signal" else end)
