import { rateLimit } from "@sluice/express";
import express from "express";

const app = express();
app.use(rateLimit()); // 60 requests a minute for each client address
app.get("/", (_, res) => void res.send("hello"));
app.listen(process.env["PORT"] ?? 3000);
