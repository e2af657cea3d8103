import { tmpdir } from "node:os";
import { join } from "node:path";

import { createLimiter, slidingWindow } from "@sluice/core";
import { nativeStore } from "@sluice/core-native";

// Every worker of node:cluster or PM2 that names the same file decides on the same counts.
const store = nativeStore({ shared: { path: join(tmpdir(), "my-app.sluice") } });
const limiter = createLimiter({
  limits: [slidingWindow({ name: "rpm", limit: 600, window: "1m", per: ["tenant"] })],
  store,
});

console.log(limiter.check({ tenant: "acme" }).allowed); // true
