// Imported first by every process of a demo that is to fail: the memory store then admits what does not fit.

import { registerHooks } from "node:module";

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith("/core/src/store/memory.ts")) return loaded;
    const source = String(loaded.source);
    const broken = source.replace("claim.cost <= claim.capacity - total(count)", "true");
    if (broken === source) throw new Error("found nothing to break");
    return { ...loaded, source: broken };
  },
});
