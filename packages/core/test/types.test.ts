import {
  type Allowed,
  type AsyncStore,
  type Charge,
  createLimiter,
  type Decision,
  type Lease,
  type Limiter,
  type LimitState,
  memoryStore,
  type MemoryStore,
  type Refused,
  type Reservation,
  slidingWindow,
  isSluiceError,
  type SluiceError,
  type SluiceErrorCode,
  type Store,
} from "@sluice/core";
import { describe, expectTypeOf, it } from "vitest";

const limits = [slidingWindow({ name: "rpm", limit: 1, window: "1m", per: [] })];
const limiter = createLimiter({ limits, store: memoryStore() });

describe("a limiter over a store that answers at once", () => {
  it("has no promises in its types", () => {
    expectTypeOf(limiter).toEqualTypeOf<Limiter<MemoryStore>>();
    expectTypeOf<(typeof limiter)["check"]>().returns.toEqualTypeOf<Decision>();
    expectTypeOf<(typeof limiter)["reserve"]>().returns.toEqualTypeOf<Reservation<MemoryStore>>();
    expectTypeOf<Lease<MemoryStore>["extend"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<Lease<MemoryStore>["settle"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<Lease<MemoryStore>["release"]>().returns.toEqualTypeOf<Charge>();
  });
});

describe("a limiter over a store that promises", () => {
  it("has promises in its types", () => {
    type Later = Limiter<AsyncStore>;
    expectTypeOf<Later["check"]>().returns.toEqualTypeOf<Promise<Decision>>();
    expectTypeOf<Later["reserve"]>().returns.toEqualTypeOf<Promise<Reservation<AsyncStore>>>();
    expectTypeOf<Lease<AsyncStore>["extend"]>().returns.toEqualTypeOf<Promise<Charge>>();
    expectTypeOf<Lease<AsyncStore>["settle"]>().returns.toEqualTypeOf<Promise<Charge>>();
    expectTypeOf<Lease<AsyncStore>["release"]>().returns.toEqualTypeOf<Promise<Charge>>();
  });
});

describe("a limiter over either store", () => {
  it("can be awaited", () => {
    type Either = Limiter<Store>;
    expectTypeOf<Awaited<ReturnType<Either["check"]>>>().toEqualTypeOf<Decision>();
  });
});

describe("a decision", () => {
  it("narrows to what each answer has", () => {
    const decision: Decision = limiter.check({});
    expectTypeOf(decision.limits).toEqualTypeOf<readonly LimitState[]>();
    if (decision.allowed) {
      expectTypeOf(decision).toEqualTypeOf<Allowed>();
      return;
    }
    expectTypeOf(decision).toEqualTypeOf<Refused>();
    expectTypeOf(decision.retryAfterMs).toEqualTypeOf<number | undefined>();
    if (decision.reason === "over-limit") {
      expectTypeOf(decision.retryAfterMs).toEqualTypeOf<number>();
      expectTypeOf(decision.limitedBy).toEqualTypeOf<string>();
    }
    if (decision.reason === "never-fits") {
      expectTypeOf(decision.retryAfterMs).toEqualTypeOf<undefined>();
      expectTypeOf(decision.limitedBy).toEqualTypeOf<string>();
    }
    if (decision.reason === "store-unavailable") {
      expectTypeOf(decision.limitedBy).toEqualTypeOf<undefined>();
    }
  });

  it("has a lease only where it is allowed", () => {
    const reservation = limiter.reserve({});
    expectTypeOf(reservation).not.toHaveProperty("lease");
    if (reservation.allowed) expectTypeOf(reservation.lease).toEqualTypeOf<Lease<MemoryStore>>();
  });
});

describe("an error", () => {
  it("narrows to its code", () => {
    const error: unknown = new TypeError("foreign");
    expectTypeOf(isSluiceError).guards.toEqualTypeOf<SluiceError>();
    if (isSluiceError(error)) expectTypeOf(error.code).toEqualTypeOf<SluiceErrorCode>();
  });
});
