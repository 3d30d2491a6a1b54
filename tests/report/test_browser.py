# SPDX-License-Identifier: BSD-3-Clause
"""The page as a person meets it: nothing on the console or the wire, headings that sort, a filter, two themes, a phone."""

from __future__ import annotations

import base64
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = Path(__file__).resolve().parents[2]
RECORDED = sorted((ROOT / "results" / "recorded").glob("*/*.csv"))
Browser = webdriver.Chrome
CALLS_NOBODY = ("disable-background-networking", "disable-component-update", "disable-sync", "no-first-run")

# One sort key a visible row, as the page has it: a number, a text, or null.
KEYS = """
return [...document.querySelectorAll("#all tbody tr")].filter(row => !row.hidden).map(row => {
  const cell = row.cells[arguments[0]];
  if (!("v" in cell.dataset)) return cell.textContent;
  return cell.dataset.v === "" ? null : Number(cell.dataset.v);
});
"""
VISIBLE = "return [...document.querySelectorAll('#all tbody tr')].filter(r => r.getClientRects().length).map(r => r.innerText)"
PAPER = "return getComputedStyle(document.documentElement).backgroundColor"
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a recorded run, as a person would make it; of every fourth strategy, as a browser sorts a thousand rows in some seconds."""
    folder = tmp_path_factory.mktemp("page")
    out, fewer = folder / "report.html", folder / RECORDED[0].name
    with RECORDED[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["strategy"] for row in rows if row["workload"] == "pair"))[::4]
    with fewer.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["workload"] == "limit" or row["strategy"] in names)
    command = [sys.executable, str(ROOT / "plots" / "report.py"), str(fewer), "-o", str(out)]
    assert subprocess.run(command, check=False).returncode == 0
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    for option in ("headless=new", "no-sandbox", "hide-scrollbars", "disable-dev-shm-usage", "disable-gpu", *CALLS_NOBODY):
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(service=Service("chromedriver"), options=options)
    browser.set_page_load_timeout(120)
    yield browser
    browser.quit()


def look(browser: Browser, width: int, scheme: str, height: int = 900) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})


@pytest.fixture
def browser(chromium: Browser, page: Path) -> Iterator[Browser]:
    """On the page, freshly loaded, at the size of a desk."""
    look(chromium, 1280, "light")
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get(page.as_uri())
    yield chromium
    chromium.execute_script("localStorage.clear()")


def requested(browser: Browser) -> list[str]:
    messages: list[Any] = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


def column(browser: Browser, name: str) -> int:
    links = [a.get_attribute("href") for a in browser.find_elements(By.CSS_SELECTOR, "#all thead a")]
    return next(n for n, link in enumerate(links) if link and link.endswith(f"#col-{name}"))


def heading(browser: Browser, n: int) -> Any:
    return browser.find_elements(By.CSS_SELECTOR, "#all thead th")[n]


def in_order(keys: list[Any], down: bool) -> bool:
    """Sorted, what has no value last."""
    given = [key for key in keys if key is not None]
    return keys == given + [None] * (len(keys) - len(given)) and given == sorted(given, reverse=down)


def test_nothing_on_the_console_or_the_wire(browser: Browser, page: Path) -> None:
    assert browser.get_log("browser") == []
    assert {url for url in requested(browser) if not url.startswith("data:")} == {page.as_uri()}


def test_the_policy_holds(browser: Browser) -> None:
    """What a script of a stranger would try: run, and call home."""
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = 1'; document.body.append(s);"
        "const i = document.createElement('img'); i.src = 'http://localhost:9/'; document.body.append(i);"
    )
    assert browser.title.startswith("extram report")
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


@pytest.mark.parametrize("name", ["ns_per_pair", "threads", "p999_ns"])
def test_a_click_sorts(browser: Browser, name: str) -> None:
    n = column(browser, name)
    before = browser.execute_script(KEYS, n)
    assert not in_order(before, False)
    for sort, down in (("ascending", False), ("descending", True), ("ascending", False)):
        heading(browser, n).find_element(By.TAG_NAME, "button").click()
        assert heading(browser, n).get_attribute("aria-sort") == sort
        assert len(browser.find_elements(By.CSS_SELECTOR, "#all [aria-sort]")) == 1
        keys = browser.execute_script(KEYS, n)
        assert in_order(keys, down) and len(keys) == len(before)


@pytest.mark.parametrize("key", [Keys.ENTER, Keys.SPACE])
def test_a_key_sorts(browser: Browser, key: str) -> None:
    n = column(browser, "ns_per_pair")
    heading(browser, n).find_element(By.TAG_NAME, "button").send_keys(key)
    assert heading(browser, n).get_attribute("aria-sort") == "ascending"
    assert in_order(browser.execute_script(KEYS, n), False)


def test_filter(browser: Browser) -> None:
    def visible() -> list[str]:
        return [str(text) for text in browser.execute_script(VISIBLE)]

    everything = len(visible())
    words = browser.find_element(By.CSS_SELECTOR, "#filter input")
    words.send_keys("pair callback")
    found = visible()
    assert 0 < len(found) < everything and all("pair" in text and "callback" in text for text in found)
    assert browser.find_element(By.ID, "count").text == f"{len(found)} of {everything} cells"
    browser.find_element(By.CSS_SELECTOR, "#filter button").click()
    assert len(visible()) == everything
    number = column(browser, "workload")
    browser.find_element(By.CSS_SELECTOR, f'#filter select[data-column="{number}"] option:last-child').click()
    assert 0 < len(visible()) < everything and len(set(browser.execute_script(KEYS, number))) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme(browser: Browser, scheme: str) -> None:
    look(browser, 1280, scheme)
    papers = [browser.execute_script(PAPER)]
    button = browser.find_element(By.ID, "theme")
    assert button.get_attribute("aria-pressed") == str(scheme == "dark").lower()
    for key in (Keys.ENTER, Keys.SPACE):
        button.send_keys(key)
        papers.append(browser.execute_script(PAPER))
    assert papers[0] == papers[2] != papers[1]
    assert (papers[0] == "rgb(255, 255, 255)") == (scheme == "light")


def test_theme_is_remembered(browser: Browser) -> None:
    before = browser.execute_script(PAPER)
    browser.find_element(By.ID, "theme").click()
    after = browser.execute_script(PAPER)
    browser.refresh()
    assert browser.execute_script(PAPER) == after != before
    assert browser.find_element(By.ID, "theme").get_attribute("aria-pressed") == "true"


def test_every_part_can_be_reached_by_keyboard(browser: Browser) -> None:
    """Tab from the top: links, the theme, the boxes that scroll, the filter and the headings all get their turn."""
    browser.execute_script(
        "window.focused = []; addEventListener('focusin', ({target: e}) =>"
        " focused.push([e.tagName, e.id, e.className, e.closest('section,nav,header')?.id || '']))"
    )
    ActionChains(browser, duration=0).send_keys(Keys.TAB * 80).perform()
    seen = set()
    for tag, name, kind, section in browser.execute_script("return focused"):
        seen.add(name or (kind.split() or [tag])[0])
        seen.add(f"{tag} {section}")
    assert {"skip", "theme", "scroll", "BUTTON cells", "INPUT cells", "SELECT cells", "A cells"} <= seen


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_hangs_over(browser: Browser, width: int) -> None:
    look(browser, width, "light")
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script(WIDE) == 0


def test_prints_in_full(browser: Browser) -> None:
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    boxes = browser.find_elements(By.CSS_SELECTOR, ".scroll")
    assert boxes and all(box.value_of_css_property("overflow") == "visible" for box in boxes)
    assert not browser.find_element(By.TAG_NAME, "nav").is_displayed()


@pytest.mark.skipif("EXTRAM_PICTURES" not in os.environ, reason="no --pictures")
@pytest.mark.parametrize(("name", "width", "scheme"), [("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 360, "light")])
def test_pictures(browser: Browser, name: str, width: int, scheme: str) -> None:
    look(browser, width, scheme)
    look(browser, width, scheme, browser.execute_script("return document.documentElement.scrollHeight"))
    data = base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
    folder = Path(os.environ["EXTRAM_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(data)
