import { expect, it } from "vitest";

import type { RunScript } from "../../src/client.ts";
import { returns } from "../../src/slots/give-back.ts";
import { oneTime } from "../../src/slots/one-time.ts";
import { patient } from "../../src/slots/patient.ts";

const script = { sha: "", source: "" };

it.each([
  "TRYAGAIN Multiple keys request during rehashing of slot",
  "CLUSTERDOWN The cluster is down",
  "READONLY You can't write against a read only replica.",
  "Too many Cluster redirections. Last error: ReplyError: MOVED 12182 127.0.0.1:7000",
])("asks again when it is told %s", async (message) => {
  const { run, asked } = failing(message, 3);
  const began = performance.now();
  expect(await patient(run)(script, [], [])).toBe("done");
  expect(asked()).toBe(4);
  expect(performance.now() - began).toBeLessThan(1_000);
});

it("asks three times more, and then tells", async () => {
  const { run, asked } = failing("TRYAGAIN", 100);
  await expect(patient(run)(script, [], [])).rejects.toThrow("TRYAGAIN");
  expect(asked()).toBe(4);
});

it.each([
  "ERR no",
  "LOADING",
  "TRYAGAINST",
  "Connection is closed.",
  "Too many Cluster redirections. Last error: Error: Connection is closed.",
])(
  "does not ask again after %s: something may have been done, or will not soon be better",
  async (message) => {
    const { run, asked } = failing(message, 1);
    await expect(patient(run)(script, [], [])).rejects.toThrow(message);
    expect(asked()).toBe(1);
  },
);

const group = { slot: 1, claims: [], places: [] };

it("gives back what could not be at first, and stops when the id is asked for again", async () => {
  const tries: string[] = [];
  const stranded: unknown[] = [];
  const parts = returns(
    async (_, id) => {
      tries.push(id);
      if (id !== "good" && tries.filter((tried) => tried === id).length < 2) throw new Error(id);
    },
    (_, error) => stranded.push(error),
  );
  const begun = ["good", "late", "asked again"].flatMap((id) => parts.giveBack([group], id));
  await Promise.all(begun);
  expect(tries).toEqual(["good", "late", "asked again"]);
  parts.stop("asked again");
  await expect.poll(() => tries).toEqual(["good", "late", "asked again", "late"]);
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(tries).toHaveLength(4);
  expect(stranded).toEqual([]);
});

it("tells what could not be given back within 2 s", async () => {
  const stranded: unknown[] = [];
  const down = new Error("down");
  const parts = returns(
    () => Promise.reject(down),
    (claims, error) => stranded.push([claims, error]),
  );
  await Promise.all(parts.giveBack([group], "id"));
  await expect.poll(() => stranded).toEqual([[[], down]]);
});

it("reads the time once for what is done at once", () => {
  let now = 0;
  const time = oneTime(() => now++);
  const { clock } = time;
  const atOnce = time.begin();
  expect([atOnce(clock), atOnce(clock), clock(), atOnce(clock)]).toEqual([0, 0, 1, 0]);
  const later = time.begin();
  expect(later(() => [clock(), atOnce(clock), clock()])).toEqual([2, 0, 2]);
  expect(() =>
    atOnce(() => {
      throw new Error("refused");
    }),
  ).toThrow("refused");
  expect(clock()).toBe(3);
});

function failing(message: string, times: number): { run: RunScript; asked: () => number } {
  let asked = 0;
  return {
    run: async () => {
      if (asked++ < times) throw new Error(message);
      return "done";
    },
    asked: () => asked,
  };
}
