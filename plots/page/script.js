// SPDX-License-Identifier: BSD-3-Clause
"use strict";
const table = document.getElementById("all");
const headings = [...table.tHead.rows[0].cells];
const rows = [...table.tBodies[0].rows];

// A number, a text, or null for an empty cell, which always comes last.
const key = (row, n) => {
  const value = row.cells[n].dataset.v;
  return value === undefined ? row.cells[n].textContent : value === "" ? null : Number(value);
};
const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
const sort = (n) => {
  const down = headings[n].getAttribute("aria-sort") === "ascending";
  for (const heading of headings) heading.removeAttribute("aria-sort");
  headings[n].setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = rows.map((row) => [key(row, n), row]);
  keyed.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : (down ? -1 : 1) * order(a, b)));
  table.tBodies[0].append(...keyed.map(([, row]) => row));
};
headings.forEach((heading, n) => heading.firstElementChild.addEventListener("click", () => sort(n)));

// A row is shown if it has every word.
const words = document.getElementById("words");
const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" "));
const filter = () => {
  const asked = words.value.toLowerCase().split(/\s+/);
  rows.forEach((row, n) => (row.hidden = !asked.every((word) => texts[n].includes(word))));
  document.getElementById("count").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} cells`;
};
words.addEventListener("input", filter);
filter();
