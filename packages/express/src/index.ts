import * as core from "@sluice/core";
import type * as express from "express";

/** Options of `rateLimit()`; all have a default. */
export type RateLimitOptions<S extends core.Store = core.MemoryStore> = core.RateLimitOptions<
  express.Request,
  S
>;

/** What `req.rateLimit` is. */
export type RequestState = core.RequestState;

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
 * handler may extend and settle the lease; when the response ends or is aborted it is settled in any case, at what was
 * reported, else at its estimate. Several on one request act as one. Throws `invalid-option`; a request whose subject or cost
 * cannot be used goes to `next` as a `SluiceError` with `status` 400.
 */
export function rateLimit<S extends core.Store = core.MemoryStore>(
  options: RateLimitOptions<S> = {},
): express.RequestHandler {
  const adapter = core.adapterOptions<express.Request, S>(options, {
    subject: (req) => ({ ip: core.clientIp(req.ip) }),
    // eslint-disable-next-line no-console -- what it chose has to be seen without set-up
    log: (line) => console.info(line),
  });
  return (req, res, next) => {
    const goOn = (error?: unknown): void => {
      // A request that cannot be decided is not done: what others reserved for it goes back.
      if (error !== undefined) core.endQuietly(() => req.rateLimit?.lease?.release());
      next(error);
    };
    core.admit(adapter, req, (reservation) => answer(reservation, req, res), goOn);
  };
}

/** Answers a refused request; true when it was allowed, and may go on. */
function answer(
  reservation: core.Reservation<core.Store>,
  req: express.Request,
  res: express.Response,
): boolean {
  const isHeld = req.rateLimit?.lease !== undefined;
  req.rateLimit = core.requestState(req.rateLimit, reservation);
  if (res.closed || req.socket.destroyed) {
    // The client left while the store was asked: nobody will do the work.
    core.endQuietly(() => req.rateLimit?.lease?.release());
    return false;
  }
  if (reservation.allowed && !isHeld) {
    onceGone(req, res, () => core.endQuietly(() => req.rateLimit?.lease?.settle()));
  }
  for (const [name, value] of Object.entries(core.rateLimitHeaders(reservation))) {
    res.append(name, value);
  }
  if (reservation.allowed) return true;
  const problem = core.problemOf(reservation);
  res.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  return false;
}

/** Calls `then` once the response has ended or its connection has gone. */
function onceGone({ socket }: express.Request, res: express.Response, then: () => void): void {
  const gone = (): void => {
    socket.off("close", gone);
    then();
  };
  res.once("close", gone);
  // A pipelined response that waits for its turn is not told by Node 20 and 22, nor by Deno.
  if (res.socket === null) socket.once("close", gone);
}
