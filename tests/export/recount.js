// SPDX-License-Identifier: BSD-3-Clause
// recount.js FILE.hgrm: records each row's samples into a histogram of hdr-histogram-js, and prints that one's percentile file.
"use strict";

const fs = require("fs");
const hdr = require("hdr-histogram-js");

const histogram = hdr.build({ numberOfSignificantValueDigits: 4 });
let before = 0;
for (const line of fs.readFileSync(process.argv[2], "utf8").split("\n")) {
  const [value, , count] = line.trim().split(/\s+/).map(Number);
  if (line.startsWith("#") || !(count > before)) continue;
  histogram.recordValueWithCount(Math.round(value), count - before);
  before = count;
}
process.stdout.write(histogram.outputPercentileDistribution(5, 1));
