import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import * as entry from "@sluice/fastify/fastify-rate-limit";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { ours, theirs } from "./plugins.ts";

const folder = fileURLToPath(new URL("../../", import.meta.url));
const program = (name: string): string => `${folder}../../node_modules/.bin/${name}`;
const out = "node_modules/.cache/required";

async function run(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program(name), args, { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  return stdout;
}

// As it is built for those who require it, with its types.
beforeAll(async () => {
  const options = ["--format", "cjs", "--platform", "node", "--dts", "--no-config"];
  await run("tsdown", "src/fastify-rate-limit/require.ts", ...options, "--out-dir", out);
});

afterAll(async () => rm(`${folder}${out}`, { recursive: true, force: true }));

describe("the module", () => {
  it("is the plugin for whoever requires it, and has all that the other one has", () => {
    const module: typeof ours = createRequire(import.meta.url)(`${folder}${out}/require.cjs`);
    expect(module).toBeTypeOf("function");
    for (const name of ["default", "fastifyRateLimit", "normalizeIP"] as const) {
      expect([name, typeof module[name]]).toEqual([name, typeof theirs[name]]);
    }
    const symbols = Object.getOwnPropertySymbols(theirs);
    const marks = (plugin: object): unknown[] => symbols.map((key) => Reflect.get(plugin, key));
    expect(marks(module)).toEqual(marks(theirs));
    expect(marks(module.default)).toEqual(marks(theirs.default));
    expect(symbols).toHaveLength(3);
  });

  it("exports the same by name and by default", () => {
    expect(entry.default).toBe(entry.fastifyRateLimit);
    expect(Object.keys(entry).toSorted()).toEqual(["default", "fastifyRateLimit", "normalizeIP"]);
  });

  it.each([
    ["what is imported", async () => import("@sluice/fastify/fastify-rate-limit")],
    ["its default", () => ours.default],
    ["its name", () => ours.fastifyRateLimit],
  ])("is registered as %s", async (_title, plugin) => {
    const app = fastify();
    onTestFinished(async () => app.close());
    await app.register(plugin() as typeof ours, { max: 1 });
    app.get("/", () => "hello");
    const answers = [await app.inject("/"), await app.inject("/")];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 429]);
  });
});

describe("a program that uses every type, option and decorator", () => {
  it.each([
    ["compiles with the package whose place is taken", "tsconfig.json"],
    ["compiles with only the import changed", "tsconfig.sluice.json"],
    ["compiles with only what is required changed", "tsconfig.required.json"],
  ])("%s", async (_title, project) => {
    const consumer = `test/fastify-rate-limit/consumer/${project}`;
    const listed = await run("tsc", "--noEmit", "--listFiles", "--project", consumer);
    expect(listed.split("\n").filter((line) => line.includes("error TS"))).toEqual([]);
    const isOurs = /fastify-rate-limit\/index\.ts|require\.d\.cts/.test(listed);
    const isTheirs = listed.includes("@fastify/rate-limit/types/index.d.ts");
    expect([isTheirs, isOurs]).toEqual([project === "tsconfig.json", project !== "tsconfig.json"]);
  });
});
