// SPDX-License-Identifier: BSD-3-Clause
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  // Theme: the system's, until the user presses the button. Not remembered if the page has no storage, as from a file.
  const theme = byId("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const show = () => theme.setAttribute("aria-pressed", String(isDark()));
  const remembered = () => {
    try {
      return localStorage.getItem("extram-theme");
    } catch {
      return null;
    }
  };
  const choose = (name) => {
    document.documentElement.dataset.theme = name;
    try {
      localStorage.setItem("extram-theme", name);
    } catch {
      // no storage
    }
    show();
  };
  if (["light", "dark"].includes(remembered())) document.documentElement.dataset.theme = remembered();
  theme.addEventListener("click", () => choose(isDark() ? "light" : "dark"));
  system.addEventListener("change", show);
  theme.hidden = false;
  show();

  // Sort: a click on a heading sorts; another click reverses. Empty cells always come last.
  const body = byId("all").tBodies[0];
  const headings = [...byId("all").tHead.rows[0].cells];
  const key = (row, n) => {
    const cell = row.cells[n];
    if (!("v" in cell.dataset)) return cell.textContent;
    return cell.dataset.v === "" ? null : Number(cell.dataset.v);
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
  const sort = (n) => {
    const down = headings[n].getAttribute("aria-sort") === "ascending";
    for (const heading of headings) heading.removeAttribute("aria-sort");
    headings[n].setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [key(row, n), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? order(b, a) : order(a, b);
    });
    body.append(...rows.map(([, row]) => row));
  };
  headings.forEach((heading, n) => heading.querySelector("button").addEventListener("click", () => sort(n)));

  // Filter: the row must contain every word, and match every choice in its column.
  const form = byId("filter");
  const rows = [...body.rows];
  const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" "));
  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const choices = [...form.querySelectorAll("select")].filter((select) => select.value);
    const fits = (row) => choices.every((select) => row.cells[select.dataset.column].textContent === select.value);
    rows.forEach((row, n) => {
      row.hidden = !(words.every((word) => texts[n].includes(word)) && fits(row));
    });
    const left = rows.filter((row) => !row.hidden).length;
    byId("count").textContent = left === rows.length ? `${left} cells` : `${left} of ${rows.length} cells`;
  };
  for (const event of ["input", "change"]) form.addEventListener(event, filter);
  byId("clear").addEventListener("click", () => {
    form.reset();
    filter();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
})();
