import { createLimiter, slidingWindow } from "@sluice/core";
import { redisStore } from "@sluice/redis";
import { Redis } from "ioredis";

const redis = new Redis(process.env["REDIS_URL"] ?? "redis://localhost:6379");
const limiter = createLimiter({
  limits: [slidingWindow({ name: "rpm", limit: 600, window: "1m", per: ["tenant"] })],
  store: redisStore(redis),
});

const decision = await limiter.check({ tenant: "acme" });
console.log(decision.allowed, decision.degraded); // true undefined: allowed, and exactly counted

redis.disconnect();
