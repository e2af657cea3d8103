import {
  type Charge,
  concurrency,
  createLimiter,
  type Limit,
  type LimiterEvent,
  memoryStore,
  slidingWindow,
} from "@sluice/core";
import { type Estimate, estimate } from "@sluice/core/llm";
import { rateLimit } from "@sluice/express";
import express from "express";

import { answerErrors } from "./answer-errors.ts";
import {
  bodyLimit,
  bounded,
  type ChatRequest,
  mostGenerated,
  readChatRequest,
} from "./chat-request.ts";
import { runAsChild } from "./child.ts";
import type { Event } from "./events.ts";
import { forward } from "./forward.ts";
import { listen } from "./listen.ts";
import { tokensHeader } from "./model-server.ts";
import type { Plan, PlannedLimit } from "./plan.ts";

/** What the child process is told. */
export interface GatewaySettings {
  readonly plan: Plan;
  /** Base URL of the model server, ending in `/v1`. */
  readonly upstream: string;
  /** Whether that is the stand-in, which is told how many tokens to generate, and not a real one, which is sent the key. */
  readonly isStandIn: boolean;
}

/**
 * The protected service: chat completions are let through to `upstream` under the plan's limits, for each tenant (header
 * `x-tenant`) and for the key that all share. A request reserves the most that it may use, and is charged what it used, as the
 * meter reads it in the answer.
 */
export function gateway(
  { plan, upstream, isStandIn }: GatewaySettings,
  record: (event: Event) => void,
): express.Express {
  // Tenants have limits of their own, so each has a limiter; in one store, the shared key's limit has one count.
  const store = memoryStore();
  const observe = (event: LimiterEvent): void => {
    if (event.kind === "settle") underWay.get(event.id)?.(event.charge);
  };
  const middleware = new Map(
    Object.entries(plan.tenants).map(([tenant, limits]) => [
      tenant,
      rateLimit({
        limiter: createLimiter({
          limits: [
            ...limits.map((limit) => limitOf(plan, limit, ["tenant"])),
            ...plan.shared.map((limit) => limitOf(plan, limit, [])),
          ],
          store,
          observe,
        }),
        subject: () => ({ tenant }),
        cost: (req) => costOf(req.body),
        meter: "openai",
        // The record has every request charged.
        id: false,
      }),
    ]),
  );
  /** By lease, what is to be done when it has been settled. */
  const underWay = new Map<string, (charge: Charge) => void>();
  const url = `${upstream}/chat/completions`;
  let requests = 0;

  const app = express().disable("x-powered-by");
  app.use(express.json({ limit: bodyLimit }));
  app.post("/v1/chat/completions", (req, res, next) => {
    const request = readChatRequest(req.body);
    // Stands for whoever your authentication found: a header that anybody can set must not choose whose limits count.
    const tenant = req.get("x-tenant") ?? "";
    const limit = middleware.get(tenant);
    if (typeof request === "string" || limit === undefined) {
      const message = typeof request === "string" ? request : "x-tenant must name a tenant";
      res.status(400).json({ error: { message, type: "invalid_request_error" } });
      return;
    }
    req.body = bounded(request);
    const { tokens } = costOf(req.body);
    const start = performance.now();
    void limit(req, res, (error?: unknown) => {
      const addedMs = performance.now() - start;
      const { decision, lease } = req.rateLimit ?? {};
      if (decision === undefined || lease === undefined) return next(error);
      const id = requests++;
      record({ type: "admitted", atMs: decision.atMs, id, tenant, tokens, addedMs });
      const used = (): number | undefined => req.rateLimit?.usage?.tokens;
      underWay.set(lease.id, ({ atMs, limits }) => {
        underWay.delete(lease.id);
        const charged = limits.find(({ limit: { unit } }) => unit === "tokens")?.charged ?? tokens;
        // By the meter; an answer that it could not read costs what the limiter says.
        record({ type: "ended", atMs, id, tokens: used() ?? charged });
      });
      const headers = upstreamHeaders(req, isStandIn);
      let most = tokens;
      void forward(req, res, { url, headers }, () => {
        const soFar = used() ?? 0;
        if (soFar <= most) return;
        most = soFar;
        record({ type: "raised", atMs: Date.now(), id, tokens: soFar });
      });
    });
    const decision = req.rateLimit?.decision;
    if (decision === undefined || decision.allowed) return;
    const retryAfter = res.getHeader("Retry-After");
    record({
      type: "refused",
      atMs: decision.atMs,
      tenant,
      tokens,
      limitedBy: decision.limitedBy ?? decision.reason,
      retryAfter: retryAfter === undefined ? undefined : Number(retryAfter),
      retryAfterMs: decision.retryAfterMs,
      addedMs: performance.now() - start,
    });
  });
  app.use(answerErrors);
  return app;
}

/** Prompt and answer. Servers differ in which name of the answer's bound they read, so the larger counts. */
function costOf(request: ChatRequest): Estimate {
  return estimate.openai({ ...request, max_completion_tokens: mostGenerated(request) });
}

function limitOf(
  plan: Plan,
  { name, unit, capacity, windowMs }: PlannedLimit,
  per: readonly string[],
): Limit {
  return windowMs === 0
    ? concurrency({ name, limit: capacity, per, expiresAfter: plan.expiresAfterMs })
    : // The record is judged to the millisecond, also where a slow replay stretches the window.
      slidingWindow({ name, limit: capacity, window: windowMs, precisionMs: 1, unit, per });
}

function upstreamHeaders(req: express.Request, isStandIn: boolean): Record<string, string> {
  const tokens = req.get(tokensHeader);
  const key = process.env["OPENAI_API_KEY"];
  if (isStandIn) return tokens === undefined ? {} : { [tokensHeader]: tokens };
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

if (import.meta.main) {
  runAsChild<GatewaySettings>(async (settings, report) => {
    let events: Event[] = [];
    const flush = (): void => {
      if (events.length > 0) report(events);
      events = [];
    };
    const timer = setInterval(flush, 100);
    const { server, port } = await listen(gateway(settings, (event) => events.push(event)));
    return {
      port,
      async stop() {
        clearInterval(timer);
        // The last leases end as their connections close.
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
        flush();
      },
    };
  });
}
