import type { Limiter, Store } from "@sluice/core";
import * as http from "@sluice/core/http";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Answers a refused request in Fastify's way. */
export type Answer = (
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: http.Refusal,
) => unknown;

/** Options of `rateLimit()`, and of a route's `config.rateLimit`; all have a default. */
export type RateLimitOptions = http.RateLimitOptions<FastifyRequest, Store, Answer>;

/** What a hook does: decides, and calls `done` unless it answers. */
export type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void;

/** What decides by `options`. Throws `invalid-option`. */
export function gateOf(options: RateLimitOptions): http.Gate<FastifyRequest, Answer> {
  return http.createGate<FastifyRequest, Answer, Store>(options, {
    address: (request) => request.ip,
    header: ({ headers }, name) => {
      const value = headers[name];
      return typeof value === "string" ? value : undefined;
    },
    // There only is such a list where the app trusts a proxy.
    trusts: (request) => request.ips !== undefined,
  });
}

/** The hook that has requests pass by `gate`. */
export function handlerOf(gate: http.Gate<FastifyRequest, Answer>): Handler {
  const { onRefused = answer } = gate;
  return (request, reply, done) => {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- whatever was thrown is Fastify's to see to
    const pass = done as (error?: unknown) => void;
    const refuse = (refusal: http.Refusal): unknown => {
      const answered = onRefused(request, reply, refusal);
      // A reply is a promise of its own end, which is not to be waited for.
      return answered === reply ? undefined : answered;
    };
    // Headers that stand on node's response already make Fastify's own way to send it twice as long.
    const put = (headers: Readonly<Record<string, string>>): void => void reply.headers(headers);
    http.admitNode(gate, request, request.raw, reply.raw, pass, refuse, put);
  };
}

const answer: Answer = (_request, reply, { status, problem }) =>
  reply.code(status).type(http.problemType).send(JSON.stringify(problem));

/** `options` with a route's `own` in their place; one that brings neither limits nor a limiter nor a store is counted by `limiter`. */
export function replace(
  options: RateLimitOptions,
  own: RateLimitOptions,
  limiter: Limiter<Store>,
): RateLimitOptions {
  if (own.limits !== undefined || own.store !== undefined) {
    return { ...options, limiter: undefined, ...own };
  }
  return { ...options, limits: undefined, store: undefined, observe: undefined, limiter, ...own };
}

/** Early, unless something may look at the body or at who the client has proved to be. */
export function defaultHook({ subject, cost }: RateLimitOptions): "onRequest" | "preHandler" {
  return subject === undefined && cost === undefined ? "onRequest" : "preHandler";
}
