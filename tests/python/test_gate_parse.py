# SPDX-License-Identifier: BSD-3-Clause
"""The gate reads what callgrind, qemu, objdump and the linker print."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace

import pytest

import disassembly
import executed
import program

CALLGRIND = """\
# callgrind format
version: 1
positions: instr line
events: Ir Ge

fn=loop
0x401000 0 256
0x401004 0 256 256
cfn=get
calls=256 0x402000 0
0x401008 0 5120 512
0x401008 0 256

fn=get
0x402000 0 512 512
totals: 1280 768
"""

TRACE = """\
Trace 0: 0x7f00 [00000000/0000000000400000/00000000/ff000201] main
Trace 0: 0x7f00 [00000000/0000000000400100/00000000/ff000201] count_pairs
Trace 0: 0x7f00 [00000000/0000000000400104/00000000/ff000201] count_pairs
Trace 1: 0x7f00 [00000000/0000000000400104/00000000/ff000201] park
Trace 0: 0x7f00 [00000000/0000000000400104/00000000/ff000201] count_pairs
Trace 0: 0x7f00 [00000000/0000000000400200/00000000/ff000201] count_done
Trace 0: 0x7f00 [00000000/0000000000400104/00000000/ff000201] after
"""

X86_OBJECT = """\
own.o:     file format elf64-x86-64


Disassembly of section .text:

0000000000000000 <get>:
   0:\tmov    0x0(%rip),%rcx        # 7 <get+0x7>
\t\t\t3: R_X86_64_GOTPCREL\t__rseq_offset-0x4
   7:\tlock cmpxchg %rdx,0x40(%rdi)
   d:\tjne    0 <get>
   f:\tcall   14 <get+0x14>
\t\t\t10: R_X86_64_PLT32\tpthread_mutex_lock-0x4

Disassembly of section .text.unlikely:

0000000000000000 <get.cold>:
   0:\tjmp    7 <get.cold+0x7>
"""

MAP = """\
 .text          0x0000000000401010      0x14 /tmp/x/own_loops_alpha.o
 .text.unlikely
                0x0000000000401000        0x5 /tmp/x/own_loops_alpha.o
 .text          0x0000000000402000        0x0 /tmp/x/own_needm.o
 .text          0x0000000000403000       0x99 /tmp/x/count.o
 .data          0x0000000000404000       0x99 /tmp/x/own_needm.o
"""


def test_callgrind_calls_are_not_counted_at_the_call() -> None:
    runs, bus = executed.parse_callgrind(CALLGRIND)
    assert runs == {0x401000: 256, 0x401004: 256, 0x401008: 256, 0x402000: 512}
    assert bus == {0x401004: 256, 0x402000: 512}


@pytest.mark.parametrize("text", ["", "events: Dr Ir Ge\n"])
def test_callgrind_without_instructions_is_refused(text: str) -> None:
    with pytest.raises(program.Failed, match="events"):
        executed.parse_callgrind(text)


def test_trace_is_cut_to_the_first_thread_between_the_marks() -> None:
    once = {0x400100: 1, 0x400104: 2}
    assert executed.parse_trace(TRACE, 0x400100, 0x400200) == [(once, {})]
    assert executed.parse_trace(TRACE + TRACE, 0x400100, 0x400200) == [(once, {}), (once, {})]
    assert executed.parse_trace(TRACE, 0x400100, 0x999) == []


def test_a_loop_that_was_not_seen_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SimpleNamespace(arch="aarch64")
    monkeypatch.setattr(executed, "qemu", lambda *args: [executed.Seen({1: 1}, {})])
    assert len(executed.seen(made, [], [8])) == 1  # type: ignore[arg-type]
    with pytest.raises(program.Failed, match="was to run 2 times, and was seen 1 times"):
        executed.seen(made, [], [8, 16])  # type: ignore[arg-type]


def counted(one: Callable[[int], executed.Counts]) -> dict[int, Fraction]:
    return executed.per_pair(lambda pairs: [one(n) for n in pairs], 256)


def test_counts_are_exact_or_a_fraction_or_refused() -> None:
    assert counted(lambda pairs: {1: 7, 2: 2 * pairs, 3: pairs + 5}) == {2: Fraction(2), 3: Fraction(1)}
    once_in_64 = counted(lambda pairs: {1: pairs, 2: 3 * pairs // 64})
    assert once_in_64 == {1: 1, 2: Fraction(3, 64)}
    with pytest.raises(program.Failed, match="no exact count"):
        counted(lambda pairs: {1: pairs * pairs // 7})


def test_what_vanishes_is_seen() -> None:
    assert executed.grown({1: 5}, {2: 3}) == {1: -5, 2: 3}


def test_relocations_name_the_operands() -> None:
    code = disassembly.parse(X86_OBJECT, "loops")
    assert [code[".text", at].normal() for at in (0, 7, 0xD, 0xF)] == [
        "mov 0x0(%rip),%rcx [__rseq_offset]",
        "lock cmpxchg %rdx,0x40(%rdi)",
        "jne <get>",
        "call [pthread_mutex_lock]",
    ]
    assert code[".text.unlikely", 0].normal() == "jmp <get.cold>"
    assert code[".text.unlikely", 0].function == "get.cold"


def test_listing_does_not_depend_on_where_the_code_is() -> None:
    def moved(at: str) -> disassembly.Instruction:
        return disassembly.Instruction("f", f"b.ne\t{at} <f+0x{at}>  // b.any", "loops")

    assert moved("40").normal() == moved("8c").normal() == "b.ne <f>"


def test_only_our_sections_are_placed() -> None:
    places = [(section.name, section.begin, section.size) for section in program.placed(MAP)]
    assert places == [(".text", 0x401010, 0x14), (".text.unlikely", 0x401000, 5)]


@pytest.mark.parametrize(
    ("arch", "text", "kind"),
    [
        ("x86_64", "lock cmpxchg %rdx,0x40(%rdi)", ("atomics", "lock cmpxchg")),
        ("x86_64", "lock cmpxchg16b (%rdi)", ("atomics", "lock cmpxchg16b")),
        ("x86_64", "lock orq $0x0,(%rsp)", ("atomics", "lock orq")),
        ("x86_64", "xchg   %rax,0x40(%rbp)", ("atomics", "xchg")),
        ("x86_64", "xchg   %ax,%ax", None),
        ("x86_64", "mfence", ("fences", "mfence")),
        ("x86_64", "syscall", ("syscalls", "syscall")),
        ("x86_64", "mov    %rax,(%rdi)", None),
        ("aarch64", "ldaxr\tx0, [x1]", ("atomics", "ldaxr")),
        ("aarch64", "ldxp\tx0, x2, [x1]", ("atomics", "ldxp")),
        ("aarch64", "stlxr\tw2, x0, [x1]", None),
        ("aarch64", "casal\tx0, x2, [x1]", ("atomics", "casal")),
        ("aarch64", "ldaddal\tw0, w1, [x2]", ("atomics", "ldaddal")),
        ("aarch64", "stadd\tw0, [x2]", ("atomics", "stadd")),
        ("aarch64", "swpal\tw0, w1, [x2]", ("atomics", "swpal")),
        ("aarch64", "ldar\tx0, [x1]", ("ordered", "ldar")),
        ("aarch64", "stlrb\tw0, [x1]", ("ordered", "stlrb")),
        ("aarch64", "ldapr\tx0, [x1]", ("ordered", "ldapr")),
        ("aarch64", "dmb\tish", ("fences", "dmb")),
        ("aarch64", "svc\t#0x0", ("syscalls", "svc")),
        ("aarch64", "ldr\tx0, [x1]", None),
        ("aarch64", "stp\tx29, x30, [sp, #-16]!", None),
        ("aarch64", "ldp\tx29, x30, [sp]", None),
        ("aarch64", "stur\tx0, [x1, #-8]", None),
    ],
)
def test_kinds(arch: str, text: str, kind: tuple[str, str] | None) -> None:
    assert disassembly.kind_of(text, arch) == kind


class Made:
    """Code at two addresses."""

    arch = "x86_64"

    def __init__(self) -> None:
        self.text = {1: ("get", "xchg %rax,(%rdi)", "loops"), 2: ("lock", "lock cmpxchg %rdx,(%rdi)", "libc"), 3: ("needm", "ret", "needm")}

    def at(self, address: int) -> disassembly.Instruction:
        return disassembly.Instruction(*self.text[address])


def test_ours_and_the_library_are_kept_apart() -> None:
    got = disassembly.measure({1: Fraction(2), 2: Fraction(1, 2), 3: Fraction(1)}, Made())  # type: ignore[arg-type]
    assert got.own == {"instructions": Fraction(3), "atomics": Fraction(2)}
    assert got.libc == {"instructions": Fraction(1, 2), "atomics": Fraction(1, 2)}
    assert got.names == {"xchg": 2, "lock cmpxchg": Fraction(1, 2)}
    listing = {"loops": ["get:", "       2  xchg %rax,(%rdi)"], "needm": ["needm:", "       1  ret"], "libc": ["     1/2  in lock"]}
    assert got.listing == listing


def test_the_bus_has_the_last_word_on_what_is_atomic() -> None:
    executions = {1: Fraction(1), 3: Fraction(1)}
    disassembly.check_bus({1: 9, 3: 9}, {1: 9}, executions, Made())  # type: ignore[arg-type]
    for bus in ({}, {1: 8}, {1: 9, 3: 1}):
        with pytest.raises(program.Failed, match="callgrind saw"):
            disassembly.check_bus({1: 9, 3: 9}, bus, executions, Made())  # type: ignore[arg-type]
