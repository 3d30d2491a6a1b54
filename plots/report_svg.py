# SPDX-License-Identifier: BSD-3-Clause
"""Inline SVG figures. Styles become classes and colours become variables, so one drawing serves both themes."""

from __future__ import annotations

import colorsys
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
PAPER, INK = "#14181d", "#e9ecef"  # of the dark page; the figures are drawn for a white one
# Smallest contrast on the dark page for coloured elements that are visible on the light one.
SEEN, STANDS_OUT = 1.8, 4.5

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")

ET.register_namespace("", SVG[1:-1])


def luminance(colour: str) -> float:
    """Relative luminance as defined by WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in (red, green, blue))


def _on_the_way(start: str, end: str, share: float) -> str:
    red, green, blue = (a + share * (b - a) for a, b in zip(to_rgb(start), to_rgb(end)))
    return _hex(red, green, blue)


def dark(colour: str) -> str:
    """The colour for the dark page. Greys keep their distance from the page; others keep hue, saturation and contrast."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*to_rgb(colour))
    if saturation < 0.15 or lightness in (0, 1):
        return _on_the_way(INK, PAPER, lightness)
    want = contrast(colour, "#ffffff")
    if want > SEEN:
        if contrast(colour, PAPER) >= STANDS_OUT:
            return colour.lower()
        want = max(want, STANDS_OUT)
    steps = (_hex(*colorsys.hls_to_rgb(hue, n / 200, saturation)) for n in range(201))
    return next(step for step in steps if luminance(step) >= luminance(PAPER) and contrast(step, PAPER) >= want)


@dataclass
class Sheet:
    """The classes and colours of all figures of a page."""

    classes: dict[str, str] = field(default_factory=dict)  # declarations → name
    colours: set[str] = field(default_factory=set)

    def name(self, declarations: str) -> str:
        def variable(match: re.Match[str]) -> str:
            colour = match.group().lower()
            self.colours.add(colour)
            return f"var(--f{colour[1:]})"

        return self.classes.setdefault(_COLOUR.sub(variable, declarations), f"f{len(self.classes)}")

    def rules(self) -> str:
        return "".join(f".{name}{{{declarations}}}\n" for declarations, name in self.classes.items())

    def variables(self, of: str) -> str:
        """Declarations of the colours for a theme: light or dark."""
        return "".join(f"--f{colour[1:]}:{dark(colour) if of == 'dark' else colour};" for colour in sorted(self.colours))


def _declarations(element: ET.Element) -> Iterator[str]:
    """The style declarations of an element, including colour attributes."""
    for part in element.attrib.pop("style", "").split(";"):
        if part.strip():
            yield ":".join(word.strip() for word in part.split(":", 1))
    for name in ("fill", "stroke"):
        if _COLOUR.fullmatch(element.get(name, "")):
            yield f"{name}:{element.attrib.pop(name)}"


def _references(root: ET.Element) -> set[str]:
    found = {value[1:] for element in root.iter() for name, value in element.items() if name == HREF}
    return found | {name for element in root.iter() for value in element.attrib.values() for name in _REFERENCE.findall(value)}


def _rename(element: ET.Element, prefix: str, used: set[str]) -> None:
    """Makes ids unique in the page, and drops unused ones."""
    name = element.attrib.pop("id", "")
    if name in used:
        element.set("id", prefix + name)
    if HREF in element.attrib:
        element.set("href", f"#{prefix}{element.attrib.pop(HREF)[1:]}")
    for key, value in element.items():
        element.set(key, _REFERENCE.sub(rf"url(#{prefix}\1)", value))


def _shorten(element: ET.Element) -> None:
    for name in ("d", "x", "y", "width", "height", "transform"):
        if name in element.attrib:
            short = _LONG.sub(lambda match: f"{float(match.group()):.2f}", element.attrib[name])
            element.set(name, " ".join(short.split()))


def _flatten(element: ET.Element) -> None:
    """Replaces groups without attributes by their children, and drops whitespace."""
    children: list[ET.Element] = []
    for child in list(element):
        _flatten(child)
        children += list(child) if child.tag == f"{SVG}g" and not child.attrib else [child]
    for child in list(element):
        element.remove(child)
    element.extend(children)
    element.tail = None
    if element.tag != f"{SVG}text":
        element.text = None


def _without_the_file(root: ET.Element) -> None:
    """Removes metadata, and the style sheet, which would apply to the whole page."""
    for child in list(root):
        if child.tag == f"{SVG}metadata" or child.find(f"{SVG}style") is not None:
            root.remove(child)


def inline(figure: Figure, name: str, label: str, sheet: Sheet) -> str:
    """The figure as an <svg> element. It needs the variables and rules of sheet."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", bbox_inches="tight", pad_inches=0.05, metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())
    _without_the_file(root)
    used = _references(root)
    for element in root.iter():
        _rename(element, f"{name}-", used)
        _shorten(element)
        if look := ";".join(_declarations(element)):
            element.set("class", sheet.name(look))
    _flatten(root)
    del root.attrib["width"], root.attrib["height"], root.attrib["version"]
    root.set("role", "img")
    root.set("aria-label", label)
    return ET.tostring(root, encoding="unicode")
