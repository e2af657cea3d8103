import { rateLimit } from "@sluice/express/express-rate-limit"; // was "express-rate-limit"
import express from "express";

const app = express();
app.use(rateLimit({ windowMs: 60_000, limit: 100, standardHeaders: "draft-8" }));
app.get("/", (_, res) => void res.send("hello"));
app.listen(process.env["PORT"] ?? 3000);
