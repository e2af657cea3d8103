import { describe, expect, it } from "vitest";

import { leak } from "../soak/leaked.ts";

describe("calls that end in every way there is", () => {
  it("leave no socket, timer, listener, place or rejection behind", async () => {
    const { outcomes, ...left } = await leak({ calls: 400, parallel: 40, seed: 7 });
    expect(left).toEqual({
      sockets: 0,
      timers: 0,
      listeners: 0,
      inFlight: 0,
      queued: 0,
      unhandled: 0,
    });
    // Each kind of end was there.
    const ends = Object.keys(outcomes);
    for (const end of ["status 200", "status 404", "AbortError", "Truncated", "FetchError"]) {
      expect(ends.join("; ")).toContain(end);
    }
  });
});
