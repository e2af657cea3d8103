import { slidingWindow } from "@sluice/core";
import { endExchange, openExchange } from "@sluice/core/http";
import { describe, expect, it } from "vitest";

import { admit, type Asked, byTenant, setUp } from "./setting.ts";

const rpm = slidingWindow({ name: "rpm", limit: 100, window: "1m", per: [] });
const tpm = slidingWindow({ name: "tpm", limit: 1000, window: "1m", unit: "tokens", per: [] });

const named = (name: string, tenant = "acme"): Asked => ({
  tenant,
  headers: { "idempotency-key": name },
});

describe("an Idempotency-Key", () => {
  it("makes a retry the same request, twice at most", () => {
    const { gate, used } = setUp({ limits: [rpm], ...byTenant });
    const counts = [];
    for (let count = 0; count < 5; count++) {
      endExchange(admit(gate, named("a")).exchange);
      counts.push(used({})[0]);
    }
    expect(counts).toEqual([1, 1, 1, 2, 3]);
  });

  it("is another's own where limits do not tell them apart", () => {
    const { gate, used } = setUp({ limits: [rpm], ...byTenant });
    admit(gate, named("a", "acme"));
    admit(gate, named("a", "umbrella"));
    admit(gate, named("a|tenant=4:acme", "acme"));
    expect(used({})).toEqual([3]);
  });

  it.each([
    ["", 2],
    ["x".repeat(257), 2],
    ["x".repeat(200), 1],
  ])("that cannot be used is ignored, and one that can is not: %j", (name, charged) => {
    const { gate, used } = setUp({ limits: [rpm], ...byTenant });
    admit(gate, named(name));
    admit(gate, named(name));
    expect(used({})).toEqual([charged]);
  });

  it("is not read where ids are off, and is what the app says", () => {
    const off = setUp({ limits: [rpm], ...byTenant, id: false });
    admit(off.gate, named("a"));
    admit(off.gate, named("a"));
    expect(off.used({})).toEqual([2]);
    const own = setUp({ limits: [rpm], ...byTenant, id: () => "always" });
    admit(own.gate, {});
    admit(own.gate, {});
    expect(own.used({})).toEqual([1]);
  });

  it("does not make the work of a retry free", () => {
    const { gate, used } = setUp({ limits: [rpm, tpm], ...byTenant });
    for (const tokens of [40, 50]) {
      const { exchange } = admit(gate, named("a"));
      void exchange.settle({ tokens });
      endExchange(exchange);
    }
    expect(used({})).toEqual([1, 90]);
  });

  it("is charged with the request that goes on, not before", () => {
    const { gate, used } = setUp({ limits: [rpm], ...byTenant });
    const exchange = openExchange();
    expect(admit(gate, named("a"), exchange).verdict).toBe("pass");
    expect(exchange.lease?.id).toContain("a");
    expect(used({})).toEqual([1]);
  });
});
