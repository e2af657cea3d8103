import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const consumer = fileURLToPath(new URL("consumer", import.meta.url));
const compiler = fileURLToPath(
  new URL("../../../../node_modules/typescript/bin/tsc", import.meta.url),
);

/** What the compiler has to say of the consumer once its program is `changed`; nothing when all is well. */
async function compile(changed: (program: string) => string): Promise<string> {
  const folder = await mkdtemp(`${consumer}-`);
  onTestFinished(async () => rm(folder, { recursive: true }));
  await cp(consumer, folder, { recursive: true });
  const path = `${folder}/program.ts`;
  await writeFile(path, changed(await readFile(path, "utf8")));
  try {
    return (await run(process.execPath, [compiler, "-p", folder])).stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const withImportChanged = (program: string): string =>
  program.replace('from "hono-rate-limiter"', 'from "@sluice/hono/hono-rate-limiter"');

it("a program against the types of hono-rate-limiter compiles with the import changed, and nothing else", async () => {
  expect(await compile((program) => program)).toBe("");
  expect(await compile(withImportChanged)).toBe("");
});

it("a program that is wrong against theirs is wrong against these", async () => {
  const errors = await compile((program) =>
    withImportChanged(program)
      .replace("statusCode: 429", 'statusCode: "429"')
      .replace("statusCode: 1009", "statusCode: 999")
      .replace('standardHeaders: "draft-7"', 'standardHeaders: "draft-9"'),
  );
  expect(errors.match(/error TS/g)).toHaveLength(3);
});
