import { compareWithOracle, storeContract } from "@sluice/core/testing";
import { afterAll, describe, expect, it } from "vitest";

import { nativeStore } from "../src/index.ts";
import { folder, hasNative } from "./native.ts";
import { startCrew } from "./workers/crew.ts";

describe.skipIf(!hasNative)("a store of one thread", () => {
  storeContract({ describe, it }, (clock, remember) => nativeStore({ clock, remember }));
});

describe.skipIf(!hasNative)("a store that is shared, used by one", () => {
  storeContract(
    { describe, it },
    (clock, remember) => nativeStore({ clock, remember, shared: true }),
    { operations: 4_000, seed: 2 },
  );
});

describe.skipIf(!hasNative || process.platform === "win32")(
  "a store in a file, used by one",
  () => {
    // Where these are skipped, nothing would remove it.
    let files: ReturnType<typeof folder> | undefined;
    let made = 0;
    afterAll(() => files?.[Symbol.dispose]());
    storeContract(
      { describe, it },
      (clock, remember) =>
        nativeStore({
          clock,
          remember,
          maxKeys: 10_000,
          shared: { path: (files ??= folder()).at(`${made++}`) },
        }),
      { operations: 10_000, seed: 3 },
    );
  },
);

const kinds = ["threads", "processes"] as const;

describe.skipIf(!hasNative).for(kinds)("a store that four %s share", (kind) => {
  it.skipIf(kind === "processes" && process.platform === "win32")(
    "answers random operations as the oracle does, whoever is asked",
    async () => {
      using files = folder();
      const crew = startCrew(kind, 4);
      let made = 0;
      const tally = await compareWithOracle({
        operations: 2_400,
        seed: 4,
        async makeStore(clock, remember) {
          const path = files.at(`${made++}`);
          const first = kind === "threads" ? nativeStore({ remember, shared: true }) : undefined;
          await crew.open({ remember, maxKeys: 10_000, shared: first?.table ?? { path } });
          first?.close();
          return crew.store(clock);
        },
      });
      await crew.stop();
      expect(Object.keys(tally).length).toBeGreaterThan(15);
    },
  );
});
