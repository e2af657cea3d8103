import { globSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { parseSync } from "rolldown/utils";
import { expect, it } from "vitest";

import { bundle } from "./bundle.ts";

// The aim is 6,144. A table that holds everything, and the verbs on it, take more: what is new must at least be noticed.
const mostBytes = 17_680;

it(`what a first limiter imports is at most ${mostBytes} bytes, minified and compressed`, async () => {
  const { code } = await bundle(
    'export { createLimiter, memoryStore, slidingWindow } from "@sluice/core"',
    { minify: true },
  );
  const bytes = gzipSync(code, { level: 9 }).length;
  process.stdout.write(`${bytes} bytes, minified and compressed\n`);
  expect(bytes).toBeLessThanOrEqual(mostBytes);
});

const { exports } = await bundle('export * from "@sluice/core"');
const folder = fileURLToPath(new URL("../../packages/core/src/algorithms/", import.meta.url));
const algorithms = globSync("*.ts", { cwd: folder })
  .map((file) => ({ file, name: factoryIn(file) }))
  .filter(({ name }) => exports.includes(name));

it("algorithms are found by the names of their files", () => {
  expect(algorithms.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["concurrency", "slidingWindow"]),
  );
});

it.each(algorithms)("who imports $name alone gets no other algorithm", async ({ file, name }) => {
  const [fromPackage, fromFile] = await Promise.all([
    bundle(`export { ${name} } from "@sluice/core"`),
    bundle(`export { ${name} } from ${JSON.stringify(folder + file)}`),
  ]);
  // The package is one file, from which a bundler drops only what it knows to have no effect; of modules it drops all.
  expect(declaredIn(fromPackage.code)).toEqual(declaredIn(fromFile.code));
  const files = Object.entries(fromFile.modules)
    .filter(([, { renderedLength }]) => renderedLength > 0)
    .map(([path]) => basename(path));
  expect(files.filter((part) => algorithms.some((one) => one.file === part))).toEqual([file]);
});

/** `slidingWindow`, for `sliding-window.ts`. */
function factoryIn(file: string): string {
  return basename(file, ".ts").replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The names of what a bundle declares, in order, without the numbers that a bundler appends. */
function declaredIn(code: string): string[] {
  const { program } = parseSync("bundle.js", code);
  return program.body
    .flatMap((statement) => {
      if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
        return [statement.id];
      }
      return statement.type === "VariableDeclaration"
        ? statement.declarations.map(({ id }) => id)
        : [];
    })
    .map((id) => (id?.type === "Identifier" ? id.name.replace(/\$\d+$/, "") : ""))
    .toSorted();
}
