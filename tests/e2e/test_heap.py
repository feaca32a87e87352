# SPDX-License-Identifier: MIT
"""Who holds a block when a program ends: the cases of samples/heap, each with its truth. How
memcheck answers them is shown by heap_memcheck."""
from harness import check, table
from heap_cases import ask_tenure, holds, in_words, names


@table(*((name, name) for name in names()))
def case_holds(name):
    """A block that is taken for lost and is held, or the other way round; one to be looked for that
    is taken for one that is lost with it."""
    for pid, (truth, answer) in ask_tenure(name).items():
        check(holds(truth, answer), f"{name}, process {pid}: {in_words(truth)}"
                                    f"\nreported: {in_words(answer)}")
