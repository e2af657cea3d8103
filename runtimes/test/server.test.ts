import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { bundle } from "./bundle.ts";
import { engines } from "./engines.ts";
import { expressBehaviour, limiterBehaviour } from "./expected.ts";
import { fromPackage } from "./needed.ts";
import { project } from "./project.ts";
import { run } from "./run.ts";

beforeAll(async () => {
  for (const [format, file] of [
    ["esm", "server.mjs"],
    ["cjs", "server.cjs"],
  ] as const) {
    const external = [/^@sluice\//, /^node:/, "express"];
    const { code } = await bundle('import "./src/server.ts"', { format, external });
    await writeFile(join(project(), file), code);
  }
});

describe.for(engines)("%s", { concurrent: true }, ([engine, file, args]) => {
  it.for([
    ["imports", "server.mjs"],
    ["requires", "server.cjs"],
  ] as const)(
    "%s the packages, limits exactly, answers 429, and holds nothing for clients that have gone",
    async ([, script], context) => {
      const printed = await run(context, fromPackage(context, file), [...args, script]);
      expect(JSON.parse(printed)).toEqual({
        engine,
        ...limiterBehaviour,
        ...expressBehaviour,
        hasDispose: true,
      });
    },
  );
});
