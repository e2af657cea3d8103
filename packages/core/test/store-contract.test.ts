import { memoryStore } from "@sluice/core";
import { oracleStore, storeContract } from "@sluice/core/testing";
import { describe, it } from "vitest";

import { later } from "./later.ts";

describe("memoryStore", () => {
  storeContract({ describe, it }, (clock, rememberMs) =>
    memoryStore({ clock, remember: rememberMs }),
  );
});

describe("a store that promises", () => {
  storeContract(
    { describe, it },
    (clock, rememberMs) => later(memoryStore({ clock, remember: rememberMs })),
    { operations: 5_000, seed: 2 },
  );
});

describe("oracleStore", () => {
  storeContract({ describe, it }, oracleStore, { operations: 2_000 });
});
