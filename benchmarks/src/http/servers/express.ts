import { createServer } from "node:http";

import { rateLimit } from "@sluice/express";
import express from "express";
import { rateLimit as peerLimit } from "express-rate-limit";

import { keyHeader, type Limiting, limitsOf, plenty } from "../limiting.ts";
import { listening } from "../listening.ts";

/** An Express app that answers a few bytes, behind `limiting`; its port. */
export async function serveExpress(limiting: Limiting): Promise<number> {
  const app = express();
  if (limiting === "peer") {
    app.use(
      peerLimit({
        windowMs: 60_000,
        limit: plenty,
        standardHeaders: "draft-8",
        legacyHeaders: false,
        keyGenerator: (req) => req.get(keyHeader) ?? "",
      }),
    );
  } else if (limiting !== "none") {
    app.use(
      rateLimit({ limits: limitsOf(limiting), subject: (req) => ({ key: req.get(keyHeader) }) }),
    );
  }
  app.get("/", (_req, res) => void res.send("hello"));
  return listening(createServer(app));
}
