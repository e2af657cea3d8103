import {
  type Allowed,
  type AsyncStore,
  type Blocked,
  by,
  type BySubject,
  byTier,
  type Charge,
  type Choice,
  createLimiter,
  type Decision,
  type Lease,
  type Limit,
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
  type Terms,
  type TokenBucketLimit,
} from "@sluice/core";
import { describe, expectTypeOf, it } from "vitest";

const limits = [slidingWindow({ name: "rpm", limit: 1, window: "1m", per: [] })];
const limiter = createLimiter({ limits, store: memoryStore() });

describe("a limiter over a store that answers at once", () => {
  it("has no promises in its types", () => {
    expectTypeOf(limiter).toEqualTypeOf<Limiter<MemoryStore>>();
    expectTypeOf<(typeof limiter)["check"]>().returns.toEqualTypeOf<Decision>();
    expectTypeOf<(typeof limiter)["checkMany"]>().returns.toEqualTypeOf<readonly Decision[]>();
    expectTypeOf<(typeof limiter)["peek"]>().returns.toEqualTypeOf<Decision>();
    expectTypeOf<(typeof limiter)["reserve"]>().returns.toEqualTypeOf<Reservation<MemoryStore>>();
    expectTypeOf<(typeof limiter)["penalize"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<(typeof limiter)["reward"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<(typeof limiter)["block"]>().returns.toEqualTypeOf<boolean>();
    expectTypeOf<(typeof limiter)["reset"]>().returns.toEqualTypeOf<boolean>();
    expectTypeOf<Lease<MemoryStore>["extend"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<Lease<MemoryStore>["settle"]>().returns.toEqualTypeOf<Charge>();
    expectTypeOf<Lease<MemoryStore>["release"]>().returns.toEqualTypeOf<Charge>();
  });
});

describe("a limiter over a store that promises", () => {
  it("has promises in its types", () => {
    type Later = Limiter<AsyncStore>;
    expectTypeOf<Later["check"]>().returns.toEqualTypeOf<Promise<Decision>>();
    expectTypeOf<Later["checkMany"]>().returns.toEqualTypeOf<Promise<readonly Decision[]>>();
    expectTypeOf<Later["peek"]>().returns.toEqualTypeOf<Promise<Decision>>();
    expectTypeOf<Later["reserve"]>().returns.toEqualTypeOf<Promise<Reservation<AsyncStore>>>();
    expectTypeOf<Later["penalize"]>().returns.toEqualTypeOf<Promise<Charge>>();
    expectTypeOf<Later["reward"]>().returns.toEqualTypeOf<Promise<Charge>>();
    expectTypeOf<Later["block"]>().returns.toEqualTypeOf<Promise<boolean>>();
    expectTypeOf<Later["reset"]>().returns.toEqualTypeOf<Promise<boolean>>();
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
      expectTypeOf(decision.unenforced).toEqualTypeOf<Refused | undefined>();
      return;
    }
    expectTypeOf(decision).toEqualTypeOf<Refused>();
    expectTypeOf(decision.retryAfterMs).toEqualTypeOf<number | undefined>();
    if (decision.reason === "over-limit") {
      expectTypeOf(decision.retryAfterMs).toEqualTypeOf<number>();
      expectTypeOf(decision.limitedBy).toEqualTypeOf<string>();
    }
    if (decision.reason === "blocked") {
      expectTypeOf(decision).toEqualTypeOf<Blocked>();
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

describe("a limit", () => {
  it("narrows to its algorithm, and has the numbers of every subject there", () => {
    const [limit] = limiter.limits as readonly [Limit];
    expectTypeOf(limit.capacity).toEqualTypeOf<BySubject<number>>();
    expectTypeOf(limit.termsFor({})).toEqualTypeOf<Terms>();
    if (limit.algorithm === "token-bucket") expectTypeOf(limit).toEqualTypeOf<TokenBucketLimit>();
    if (limit.algorithm === "fixed-window") expectTypeOf(limit.timeZone).toEqualTypeOf<string>();
  });

  it("takes a choice wherever it takes a number", () => {
    expectTypeOf(by("model", { small: 9 }, 1)).toExtend<Choice<number>>();
    expectTypeOf(byTier).parameter(0).not.toBeAny();
    // @ts-expect-error -- a count is no string
    expectTypeOf(slidingWindow).toBeCallableWith({ name: "", limit: "", window: 1, per: [] });
  });
});

describe("an error", () => {
  it("narrows to its code", () => {
    const error: unknown = new TypeError("foreign");
    expectTypeOf(isSluiceError).guards.toEqualTypeOf<SluiceError>();
    if (isSluiceError(error)) expectTypeOf(error.code).toEqualTypeOf<SluiceErrorCode>();
  });
});
