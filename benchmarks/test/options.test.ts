import { expect, it } from "vitest";

import { readOptions } from "../src/options.ts";
import { suites } from "../src/suites.ts";

const all = suites.map(({ name }) => name);

it("means everything where nothing is named", () => {
  expect(readOptions([], "/here")).toMatchObject({ suites: all, quick: false, gate: false });
});

it("takes files from where it was typed", () => {
  const options = readOptions(
    ["redis", "--quick", "--json", "a.json", "--compare", "b.json"],
    "/here",
  );
  expect(options).toMatchObject({
    suites: ["redis"],
    quick: true,
    json: "/here/a.json",
    compare: "/here/b.json",
  });
});

it.each([
  [
    ["floppy"],
    'bench: must be one of memory, native, redis, http, fetch, tokens, gate, got "floppy"',
  ],
  [["gate", "redis"], "bench: gate goes with no other suite"],
  [["--publish", "--quick"], "bench: --publish wants a full run"],
  [["--publish", "redis"], "bench: --publish wants a full run"],
])("refuses %j", (args, message) => {
  expect(() => readOptions(args, "/here")).toThrow(message);
});
