// Imported first by every process of a demo that is to fail: its limiter then allows twice what it is told to.

import { registerHooks } from "node:module";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith("/core/src/limit-options.ts")) return loaded;
    const source =
      typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
    const broken = source.replace("capacity: own.capacity,", "capacity: own.capacity * 2,");
    if (broken === source) throw new Error("found nothing to break");
    return { ...loaded, source: broken };
  },
});
