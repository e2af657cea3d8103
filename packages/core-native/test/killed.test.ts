import { describe, expect, it } from "vitest";

import { folder, hasNative } from "./native.ts";
import { torture } from "./workers/torture.ts";

describe.skipIf(!hasNative || process.platform === "win32")("workers killed at any instant", () => {
  it("leave counts that are exact, and no lock", async () => {
    using files = folder();
    const { wrong, admitted } = await torture(files.at("table"), 25, 1);
    expect(wrong).toEqual([]);
    expect(admitted).toBeGreaterThan(1_000);
  });
});
