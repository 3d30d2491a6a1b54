# SPDX-License-Identifier: BSD-3-Clause
"""The page in Chromium: console, wire, sorting, filter, and whether it fits a phone."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import processes
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "results" / "recorded" / "default-zen5-2vcpu" / "default-zen5-2vcpu.csv"
Browser = webdriver.Chrome
# For the page and its scripts, in s: no more than a guard against a browser that hangs.
HOURS = 10_000
CALLS_NOBODY = ("disable-background-networking", "disable-component-update", "disable-sync", "no-first-run")

# One sort key a visible row, as the page has it: a number, a text, or null.
KEYS = """
return [...document.querySelectorAll("#all tbody tr")].filter(row => row.getClientRects().length).map(row => {
  const cell = row.cells[arguments[0]];
  if (!("v" in cell.dataset)) return cell.textContent;
  return cell.dataset.v === "" ? null : Number(cell.dataset.v);
});
"""
STRANGER = """
const s = document.createElement("script"); s.textContent = "document.title = 1"; document.body.append(s);
const i = document.createElement("img"); i.src = "http://localhost:9/"; document.body.append(i);
"""

processes.heed_signals()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a recorded run. Every fourth strategy: sorting a thousand rows takes some seconds."""
    folder = tmp_path_factory.mktemp("page")
    out, fewer = folder / "report.html", folder / RECORDED.name
    with RECORDED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(dict.fromkeys(row["strategy"] for row in rows if row["workload"] == "pair"))[::4]
    with fewer.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["workload"] == "limit" or row["strategy"] in names)
    subprocess.run([sys.executable, "-m", "plots.report", str(fewer), "-o", str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    for option in ("headless=new", "no-sandbox", "hide-scrollbars", "disable-dev-shm-usage", "disable-gpu", *CALLS_NOBODY):
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with processes.marked() as (environment, _):
        browser = webdriver.Chrome(service=Service("chromedriver", env=environment), options=options)
        browser.set_page_load_timeout(HOURS)
        browser.set_script_timeout(HOURS)
        try:
            yield browser
        finally:
            browser.quit()


@pytest.fixture
def browser(chromium: Browser, page: Path) -> Browser:
    """On the page, freshly loaded."""
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    chromium.get(page.as_uri())
    return chromium


def requested(browser: Browser) -> set[str]:
    messages: list[Any] = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return {message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"}


def in_order(keys: list[Any], down: bool) -> bool:
    """Sorted, what has no value last."""
    given = [key for key in keys if key is not None]
    return keys == given + [None] * (len(keys) - len(given)) and given == sorted(given, reverse=down)


def test_nothing_on_the_console_or_the_wire(browser: Browser, page: Path) -> None:
    assert browser.get_log("browser") == []
    assert {url for url in requested(browser) if not url.startswith("data:")} == {page.as_uri()}
    browser.execute_script(STRANGER)
    assert browser.title.startswith("extram report")
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))


@pytest.mark.parametrize("name", ["ns per pair", "threads", "p99.9 ns"])
def test_a_heading_sorts(browser: Browser, name: str) -> None:
    headings = browser.find_elements(By.CSS_SELECTOR, "#all thead th")
    n = [heading.text for heading in headings].index(name)
    before = browser.execute_script(KEYS, n)
    assert not in_order(before, False)
    for key, sort in ((Keys.ENTER, "ascending"), (Keys.SPACE, "descending"), ("", "ascending")):
        button = headings[n].find_element(By.TAG_NAME, "button")
        button.send_keys(key) if key else button.click()
        assert [heading.get_attribute("aria-sort") for heading in headings if heading.get_attribute("aria-sort")] == [sort]
        keys = browser.execute_script(KEYS, n)
        assert in_order(keys, sort == "descending") and len(keys) == len(before)


def test_words_filter(browser: Browser) -> None:
    words, count = browser.find_element(By.ID, "words"), browser.find_element(By.ID, "count")
    everything = len(browser.execute_script(KEYS, 0))
    words.send_keys("pair callback")
    rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#all tbody tr") if row.is_displayed()]
    assert 0 < len(rows) < everything and all("pair" in text and "callback" in text for text in rows)
    assert count.text == f"{len(rows)} of {everything} cells"


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_hangs_over(browser: Browser, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
