import { describe, expect, it } from "vitest";

import type { Cause } from "../../src/cause.ts";
import { createPlaces, type Places } from "../../src/queue/places.ts";

/** So many answers that begin after so long, while all places are used. */
function answers(places: Places, count: number, tookMs: number, used = 1): void {
  for (let index = 0; index < count; index++) {
    places.firstToken(tookMs, Math.ceil(places.limit * used));
  }
}

describe("places", () => {
  it("grow while answers begin as fast as usual and most places are used, up to the most", () => {
    const places = createPlaces({ initial: 20, max: 200 });
    answers(places, 200, 400);
    expect(places.limit).toBeGreaterThan(25);
    answers(places, 20_000, 400);
    expect(places.limit).toBe(200);
  });

  it("stay where they are while few are used", () => {
    const places = createPlaces({ initial: 20 });
    answers(places, 5_000, 400, 0.3);
    expect(places.limit).toBe(20);
  });

  it("shrink when answers begin much later than usual, and not for less than twice as late", () => {
    const places = createPlaces({ initial: 100, max: 100 });
    answers(places, 2_000, 400);
    answers(places, 100, 790);
    expect(places.limit).toBe(100);
    answers(places, 500, 4_000);
    expect(places.limit).toBeLessThan(60);
  });

  it("keep to the least", () => {
    const places = createPlaces({ initial: 10, min: 8 });
    for (let index = 0; index < 1_000; index++) places.finish("overloaded", 10);
    expect(places.limit).toBe(8);
  });

  it("follow a server with room for 30 at a time, whose answers begin later with each that is above", () => {
    const places = createPlaces({ initial: 64, max: 1_000 });
    // It knows what is usual from the beginning of the day.
    answers(places, 600, 500, 0.4);
    const seen: number[] = [];
    for (let round = 0; round < 400; round++) {
      const inFlight = places.limit;
      places.firstToken(500 * Math.max(1, inFlight / 30) ** 2, inFlight);
      for (let index = 0; index < 20; index++) {
        places.firstToken(500 * Math.max(1, inFlight / 30) ** 2, inFlight);
      }
      if (round > 100) seen.push(places.limit);
    }
    expect(Math.max(...seen)).toBeLessThan(64);
    expect(Math.min(...seen)).toBeGreaterThan(25);
  });

  it("take what lasts for usual, once it is no faster with the least in flight", () => {
    const places = createPlaces({ initial: 60 });
    answers(places, 600, 400, 0.4);
    let least = Infinity;
    for (let index = 0; index < 3_000; index++) {
      answers(places, 1, 2_000);
      least = Math.min(least, places.limit);
    }
    expect(least).toBe(4);
    expect(places.limit).toBeGreaterThan(60);
  });

  it("stay where they are when a server reports overload while few are used", () => {
    const places = createPlaces({ initial: 50 });
    for (let index = 0; index < 1_000; index++) places.finish("overloaded", 24);
    expect(places.limit).toBe(50);
  });

  it.each<[Cause, boolean]>([
    ["overloaded", true],
    ["timeout", true],
    ["connection", true],
    ["success", false],
    ["rate-limit", false],
    ["client-error", false],
    ["aborted", false],
  ])("after calls that end as %s are fewer: %s", (cause, isFewer) => {
    const places = createPlaces({ initial: 50 });
    for (let index = 0; index < 50; index++) places.finish(cause, 25);
    // Once for all that were in flight together.
    expect(places.limit).toBe(isFewer ? 45 : 50);
  });
});
