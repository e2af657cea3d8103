import {
  by,
  byTier,
  createLimiter,
  explain,
  fixedWindow,
  memoryStore,
  tokenBucket,
} from "@sluice/core";

const limiter = createLimiter({
  limits: [
    tokenBucket({
      name: "rate",
      capacity: byTier({ free: 2, pro: 100 }, 1), // 1 for any other tier
      refill: 1,
      every: "1s",
      per: ["user"],
    }),
    fixedWindow({
      name: "budget",
      limit: by("tenant", { acme: 5_000 }, by("model", { large: 100 }, 1_000)), // the tenant's own, or the model's, or 1,000
      window: "month",
      timeZone: "Europe/Berlin",
      unit: "tokens",
      per: ["tenant"],
    }),
  ],
  store: memoryStore(),
});

const ada = { user: "ada", tenant: "acme", tier: "free", model: "large" };
for (let request = 0; request < 3; request++) {
  console.log(explain(limiter.check(ada, { tokens: 1_200 })).sentence);
}
