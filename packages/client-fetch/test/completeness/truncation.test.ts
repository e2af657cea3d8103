import { afterAll, beforeAll, expect, it } from "vitest";

import { type RawServer, rawServer } from "../raw-server.ts";
import { comeTo, truncationCases } from "./truncation-cases.ts";
import { tryCases } from "./try-cases.ts";

// Those over TLS are tried by the tests of the runtimes, with every version of Node.
const cases = truncationCases.filter(({ isTls }) => !isTls);
const node = Number(process.versions.node.split(".", 1)[0]);
let server: RawServer;

beforeAll(async () => {
  server = await rawServer((path) => cases[Number(path.slice(1))]!);
});
afterAll(async () => server[Symbol.asyncDispose]());

it("there are more ways than the 58 that were measured, each with a title of its own", () => {
  expect(new Set(truncationCases.map(({ title }) => title)).size).toBe(truncationCases.length);
  expect(truncationCases.length).toBeGreaterThanOrEqual(58);
});

it.concurrent.for(cases.map((one, index) => ({ ...one, index })))(
  "comes to what it is: $title",
  async ({ index, ...one }) => {
    const [tried] = await tryCases([`${server.url}/${index}`]);
    expect(comeTo(tried!)).toBe(
      one.except?.nodes.includes(node) ? one.except.expected : one.expected,
    );
  },
);
