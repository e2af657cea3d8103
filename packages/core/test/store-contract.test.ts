import { memoryStore } from "@sluice/core";
import { oracleStore, storeContract } from "@sluice/core/testing";
import { describe, it } from "vitest";

describe("memoryStore", () => {
  storeContract({ describe, it }, (clock, rememberMs) =>
    memoryStore({ clock, remember: rememberMs }),
  );
});

describe("oracleStore", () => {
  storeContract({ describe, it }, oracleStore, { operations: 2_000 });
});
