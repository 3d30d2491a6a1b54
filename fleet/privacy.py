# SPDX-License-Identifier: BSD-3-Clause
"""What may leave a machine. Names that are known to be harmless go out; everything else stays.

The facts of .machine.txt and the infos of a topology are lists of names. Their values are free
text, in which paths, MAC addresses and UUIDs are masked, and the words that a caller knows to be
private, such as the name of its host.
"""

from __future__ import annotations

import getpass
import platform
import re
from collections.abc import Collection, Iterator
from xml.etree import ElementTree

from results.columns import ResultError

MASK = "MASKED"
# Names that many machines share say nothing, and masking them would only hide facts.
COMMON = frozenset({"root", "user", "admin", "localhost", "debian", "ubuntu", "linux", "runner", "extram"})

FACTS = frozenset(
    "run_id command extram git_rev build_id compiler compiler_options unfit cas pause hwloc jemalloc google_benchmark libc source arch"
    " cpu_model fingerprint fingerprint_of kernel cpus_online cpus_possible cpus_isolated cpus_nohz_full smt smt_active governor frequency_driver"
    " intel_no_turbo boost clocksource aslr transparent_hugepages numa_balancing perf_event_paranoid hypervisor_type system_vendor load"
    " hypervisor_flag steal_since_boot_percent cpu_quota mitigations warning clock_ns_per_tick clock_step_ns clock_floor_ns"
    " spin_rounds_per_us core_to_core priority build".split()
)
INFOS = frozenset(
    "Backend OSName OSRelease Architecture hwlocVersion CPUVendor CPUFamilyNumber CPUModelNumber CPUModel CPUStepping CPURevision"
    " Inclusive LinuxCapacity CoreType FrequencyMaxMHz FrequencyBaseMHz SyntheticDescription".split()
)
ELEMENTS = frozenset("topology object page_type info support cpukind distances2 indexes u64values memattr memattr_value".split())
# Devices have addresses and serial numbers, and no part in a list of ms.
DEVICES = frozenset({"Bridge", "PCIDev", "OSDev", "Misc"})
ATTRIBUTES = frozenset(
    "version type subtype os_index cpuset complete_cpuset allowed_cpuset online_cpuset nodeset complete_nodeset allowed_nodeset gp_index"
    " local_memory size count cache_size depth cache_linesize cache_associativity cache_type kind subkind dont_merge forced_efficiency"
    " nbobjs indexing length flags initiator_cpuset target_obj_gp_index target_obj_type value name".split()
)

# After a blank, a separator, or an option of one letter such as -I.
_PATH = re.compile(r"""(^|[\s=,;:"'(]|(?<![\w-])-[A-Za-z])((?:~|/(?!/))(?:[^\s,;:"'()/<>]*/)*[^\s,;:"'()/<>]*[\w~](?:/(?=[\s,;:"'()]|$))?)""", re.MULTILINE)
_SECRETS = {
    "MAC address": re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:-])"),
    "UUID": re.compile(r"(?<!\w)[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?!\w)"),
}
# Options of extram-bench that name files, which may have any name.
_FILES = re.compile(r"(--(?:output|results|replay|benchmark_out)(?:=|\s+)|(?<=\s)-o\s*)\S+")


def own_words() -> list[str]:
    """The names of this host and of its user, whole and up to the first point."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    host = platform.node()
    return sorted({word for word in (user, host, host.partition(".")[0]) if len(word) > 2 and word.lower() not in COMMON}, key=len, reverse=True)


def secrets(text: str) -> Iterator[tuple[str, str]]:
    """What is private in any text: its kind, and the text."""
    for kind, pattern in _SECRETS.items():
        yield from ((kind, found[0]) for found in pattern.finditer(text))
    yield from (("path", found[2]) for found in _PATH.finditer(text))


def mask(text: str, words: Collection[str] = ()) -> str:
    for pattern in _SECRETS.values():
        text = pattern.sub(MASK, text)
    text = _PATH.sub(rf"\g<1>{MASK}", text)
    for word in words:
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", MASK, text)
    return text


def facts(text: str) -> list[tuple[str, str]]:
    """The facts of a .machine.txt. One name may stand for several."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def masked_facts(text: str, words: Collection[str]) -> tuple[str, list[str]]:
    """The facts that may go out, and the names of those that stay."""
    lines, left = [], []
    for name, value in facts(text):
        if name not in FACTS:
            left.append(name)
            continue
        if name == "command":
            value = _FILES.sub(rf"\g<1>{MASK}", value)
        # The processor's name is a fact even where the host has the same.
        own = () if name in ("cpu_model", "fingerprint_of", "arch", "source") else words
        lines.append(f"{name}: {mask(value, own)}".rstrip())
    return "\n".join(lines) + "\n", left


def _tree(data: bytes) -> ElementTree.Element:
    if b"<!ENTITY" in data:
        raise ResultError("the topology defines entities")
    try:
        return ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise ResultError(f"the topology is not XML: {error}") from error


def _harmless(element: ElementTree.Element) -> bool:
    return element.tag in ELEMENTS and element.get("type") not in DEVICES and (element.tag != "info" or element.get("name") in INFOS)


def _attributes(element: ElementTree.Element) -> frozenset[str]:
    """Those that may go out: of an object, all but the name that a person may have given."""
    return ATTRIBUTES - {"name", "value"} if element.tag == "object" else ATTRIBUTES


def _scrub(element: ElementTree.Element, words: Collection[str]) -> None:
    for child in list(element):
        if not _harmless(child):
            element.remove(child)
            continue
        for name in set(child.attrib) - _attributes(child):
            del child.attrib[name]
        if child.tag == "info":
            child.set("value", mask(child.get("value", ""), words if child.get("name") == "OSRelease" else ()))
        _scrub(child, words)


def masked_topology(data: bytes, words: Collection[str]) -> bytes:
    root = _tree(data)
    _scrub(root, words)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n{body}\n'.encode()


def topology_problems(data: bytes) -> Iterator[str]:
    for element in _tree(data).iter():
        if not _harmless(element):
            yield f"{element.tag} {element.get('type') or element.get('name') or ''}".strip()
        yield from (f"attribute {name} of {element.tag}" for name in sorted(set(element.attrib) - _attributes(element)))


def processors(data: bytes) -> int:
    """Hardware threads of the topology."""
    return sum(element.get("type") == "PU" for element in _tree(data).iter("object"))
