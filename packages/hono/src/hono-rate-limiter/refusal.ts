import type { Context, Env, Input, Next } from "hono";

import type { ConfigType } from "./options.ts";

/** The answer to a refused request, where nobody gave another. */
export async function answerRefused<E extends Env, P extends string, I extends Input>(
  c: Context<E, P, I>,
  _next: Next,
  { statusCode, message }: ConfigType<E, P, I>,
): Promise<Response> {
  c.status(statusCode);
  const body = typeof message === "function" ? await message(c) : message;
  return typeof body === "string" ? c.text(body) : c.json(body);
}

/** What a handler answered, though its type says that it is nothing. */
export async function answerBy(answer: unknown): Promise<Response> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Hono looks at what it is
  return answer as Response | Promise<Response>;
}

/** Said of a refusal by default. */
export const tooMany = "Too many requests, please try again later.";
