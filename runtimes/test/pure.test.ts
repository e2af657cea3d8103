import { globSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseSync, Visitor } from "rolldown/utils";
import { describe, expect, it } from "vitest";

import { bundle } from "./bundle.ts";
import { limiterBehaviour } from "./expected.ts";
import { fromPackage } from "./needed.ts";
import { project } from "./project.ts";
import { run } from "./run.ts";

// Waiting takes a timer, and a string that a node handler writes in its own encoding takes Node's way to read it.
const allowed: Readonly<Record<string, readonly string[]>> = {
  "http.js": ["Buffer", "setTimeout", "queueMicrotask"],
};
const folder = join(project(), "node_modules/@sluice/core/dist");

describe.for(globSync("*.js", { cwd: folder }))("%s of the packed core", (file) => {
  const { program, module } = parseSync(file, readFileSync(join(folder, file), "utf8"));

  it("imports nothing but its own files", () => {
    const { staticImports, staticExports, dynamicImports, importMetas } = module;
    const exported = staticExports.flatMap(({ entries }) => entries);
    const from = [...staticImports, ...exported].flatMap(({ moduleRequest }) =>
      moduleRequest === null ? [] : [moduleRequest?.value],
    );
    expect(from.filter((name) => !name?.startsWith("./"))).toEqual([]);
    expect([dynamicImports, importMetas]).toEqual([[], []]);
  });

  it("names neither what is Node's nor a timer, but where it must", () => {
    const names = new Set<string>();
    new Visitor({ Identifier: ({ name }) => void names.add(name) }).visit(program);
    const foreign = `process Buffer global require __dirname __filename
      setTimeout setInterval setImmediate queueMicrotask`.split(/\s+/);
    expect(foreign.filter((name) => names.has(name))).toEqual(allowed[file] ?? []);
  });
});

it("the packed core runs on the language and random numbers alone, and without Symbol.dispose", async (context) => {
  const node20 = fromPackage(context, "node20/bin/node");
  const statement = 'export * from "./src/limiter-facts.ts"';
  const { code } = await bundle(statement, { format: "iife", name: "sluice" });
  await writeFile(join(project(), "facts.js"), code);
  // A context has nothing of Node's but console.
  const script = `
    const { runInNewContext } = require("node:vm");
    const code = require("node:fs").readFileSync("facts.js", "utf8");
    const ask = "; JSON.stringify({ ...sluice.limiterFacts(), hasDispose: sluice.hasDispose() })";
    process.stdout.write(runInNewContext(code + ask, { crypto }));`;
  const printed = await run(context, node20, ["--eval", script]);
  expect(JSON.parse(printed)).toEqual({ ...limiterBehaviour, hasDispose: false });
});
