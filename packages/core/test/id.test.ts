import { createLimiter, memoryStore, type ReserveOptions, slidingWindow } from "@sluice/core";
import { manualClock } from "@sluice/core/testing";
import { describe, expect, it } from "vitest";

import { granted } from "./granted.ts";

const per = ["tenant"];
const tpm = slidingWindow({ name: "tpm", limit: 100, window: 100, unit: "tokens", per });
const acme = { tenant: "acme" };

function setUp() {
  const store = memoryStore({ clock: manualClock() });
  return { store, limiter: createLimiter({ limits: [tpm], store }) };
}

describe("the id of a request", () => {
  it.each([
    ["", '""'],
    ["x".repeat(257), "a string of 257 characters"],
    [null, "null"],
    [5, "5"],
    [{}, "an object"],
  ])("is never %o, and nothing is charged", (wrong, shown) => {
    const { store, limiter } = setUp();
    const id = wrong as string;
    const message = `id: must be a string of 1 to 256 characters, got ${shown}`;
    expect(() => limiter.reserve(acme, { tokens: 1 }, { id })).toThrow(
      expect.objectContaining({ code: "invalid-id", message }),
    );
    expect(store.size()).toMatchObject({ keys: 0, leases: 0, live: 0 });
  });

  it.each([null, "req-1", { ID: "x" }])("is given as an option, never as %o", (wrong) => {
    const { store, limiter } = setUp();
    const options = wrong as unknown as ReserveOptions;
    expect(() => limiter.reserve(acme, { tokens: 1 }, options)).toThrow(
      expect.objectContaining({ code: "invalid-option" }),
    );
    expect(store.size()).toMatchObject({ keys: 0, leases: 0, live: 0 });
  });

  it("may have 256 characters, and is the lease's", () => {
    const id = "x".repeat(256);
    expect(granted(setUp().limiter.reserve(acme, { tokens: 1 }, { id })).id).toBe(id);
  });

  it("means something only together with the subject", () => {
    const { limiter } = setUp();
    const ask = (tenant: string, tokens: number) =>
      limiter.reserve({ tenant }, { tokens }, { id: "one" });
    expect(ask("acme", 10)).toMatchObject({ allowed: true, replayed: false });
    expect(ask("other", 20)).toMatchObject({ allowed: true, replayed: false });
    expect(ask("acme", 10)).toMatchObject({ allowed: true, replayed: true });
    expect(() => ask("acme", 20)).toThrow(expect.objectContaining({ code: "id-conflict" }));
    granted(ask("other", 20)).settle({ tokens: 5 });
    const probes = ["acme", "other"].map((tenant) => limiter.check({ tenant }, { tokens: 101 }));
    expect(probes.map(({ limits }) => limits[0]?.used)).toEqual([10, 5]);
  });

  it("cannot be written so that it names another tenant's request", () => {
    const { limiter } = setUp();
    const { scope } = tpm.termsFor();
    const long = `z|${scope}|1:b`;
    // Equal once they are joined, but for the length in front.
    const pairs = [
      [`x|${scope}|${long.length}:z`, "b"],
      ["x", long],
    ] as const;
    for (const [id, tenant] of pairs) {
      expect(limiter.reserve({ tenant }, { tokens: 1 }, { id })).toMatchObject({ replayed: false });
    }
  });

  it("gives the same lease to every retry: the first to settle counts", () => {
    const { limiter } = setUp();
    const [first, retry] = [1, 2].map(() =>
      granted(limiter.reserve(acme, { tokens: 10 }, { id: "one" })),
    );
    expect(retry?.settle({ tokens: 3 }).applied).toBe(true);
    expect(first?.settle({ tokens: 9 })).toMatchObject({ applied: false, limits: [] });
  });

  it("of a refused request is free to be asked again", () => {
    const { limiter, store } = setUp();
    const lease = granted(limiter.reserve(acme, { tokens: 100 }));
    const again = () => limiter.reserve(acme, { tokens: 50 }, { id: "one" });
    expect(again().allowed).toBe(false);
    expect(store.size().leases).toBe(1);
    lease.settle({ tokens: 0 });
    expect(again()).toMatchObject({ allowed: true, replayed: false });
  });

  it("is made up where none is given, never twice, nor by two limiters", () => {
    const { limiter, store } = setUp();
    const other = createLimiter({ limits: [tpm], store });
    const ids = Array.from({ length: 1_000 }, () => [
      granted(limiter.reserve(acme, { tokens: 0 })).id,
      granted(other.reserve(acme, { tokens: 0 })).id,
    ]).flat();
    expect(new Set(ids).size).toBe(2_000);
    expect(ids.every((id) => id.length <= 256)).toBe(true);
  });
});
