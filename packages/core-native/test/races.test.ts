import { describe, expect, it } from "vitest";

import { nativeStore } from "../src/index.ts";
import { folder, hasNative } from "./native.ts";
import { racedLimit, startCrew } from "./workers/crew.ts";

const isUnix = process.platform !== "win32";

describe.skipIf(!hasNative).for(["threads", "processes"] as const)("four %s that race", (kind) => {
  it.skipIf(kind === "processes" && !isUnix)(
    "are admitted exactly the limit of their 10,000 checks each, one by one and in batches",
    async () => {
      using files = folder();
      const crew = startCrew(kind, 4);
      const first = kind === "threads" ? nativeStore({ shared: true }) : undefined;
      await crew.open({ remember: 60_000, shared: first?.table ?? { path: files.at("table") } });
      first?.close();
      const admitted: number[] = [];
      for (let run = 0; run < 4; run++) {
        admitted.push(await crew.race(`user-${run}`, 10_000, run % 2 === 1));
      }
      await crew.stop();
      expect(admitted).toEqual(admitted.map(() => racedLimit));
    },
  );
});
