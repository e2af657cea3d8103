import type { MemoryStore, Store } from "@sluice/core";
import * as http from "@sluice/core/http";
import type * as express from "express";

/** Answers a refused request in Express's way. */
export type Answer = (
  req: express.Request,
  res: express.Response,
  refusal: http.Refusal,
  next: express.NextFunction,
) => unknown;

/** Options of `rateLimit()`; all have a default. */
export type RateLimitOptions<S extends Store = MemoryStore> = http.RateLimitOptions<
  express.Request,
  S,
  Answer
>;

/** What `req.rateLimit` is. */
export type RequestState = http.RequestState;

declare global {
  namespace Express {
    interface Request {
      /** What `rateLimit()` decided, and the lease of an allowed request. */
      rateLimit?: RequestState;
    }
  }
}

/**
 * Middleware for Express 4 and 5 that lets a request pass, or answers 429 (503 when the store cannot decide) with
 * `application/problem+json`; both with the headers of `rateLimitHeaders`. Without options: 60 requests a minute for each
 * client address, by the app's `trust proxy` setting, in memory. The decision and the lease are on `req.rateLimit`. The
 * handler may extend and settle the lease, or a `meter` does; when the response ends or is aborted it is settled in any case,
 * at what was reported, else at its estimate. Several on one request act as one. Throws `invalid-option`; a request whose
 * subject or cost cannot be used goes to `next` as a `SluiceError` with `status` 400.
 */
export function rateLimit<S extends Store = MemoryStore>(
  options: RateLimitOptions<S> = {},
): express.RequestHandler {
  const gate = http.createGate<express.Request, Answer, S>(options, {
    address: (req) => req.ip,
    header: (req, name) => {
      const value = req.headers[name];
      return typeof value === "string" ? value : undefined;
    },
    trusts: (req) => req.app.enabled("trust proxy"),
  });
  const { onRefused = answer } = gate;
  return (req, res, next) =>
    http.admitNode(gate, req, req, res, next, (refusal) => onRefused(req, res, refusal, next));
}

const answer: Answer = (_req, res, refusal) => http.answerRefusal(res, refusal);
