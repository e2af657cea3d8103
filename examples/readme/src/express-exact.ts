import { rateLimit } from "@sluice/express/express-rate-limit";
import { redisStore } from "@sluice/redis";
import express from "express";
import { Redis } from "ioredis";

const store = redisStore(new Redis(process.env["REDIS_URL"] ?? "redis://localhost:6379"));
const app = express();
app.use(rateLimit({ windowMs: 60_000, limit: 100, store })); // never more than 100 in any minute, on all machines
app.use("/login", rateLimit({ windowMs: 60_000, limit: 5, store, name: "login" }));
app.get("/", (_, res) => void res.send("hello"));
app.listen(process.env["PORT"] ?? 3000);
