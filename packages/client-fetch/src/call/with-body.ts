import type { BodyValue } from "../request/body.ts";

/**
 * A response as `response` is, with `body` in the place of its own and `headers` beside its own. SDKs look at the class, at `url`,
 * `redirected` and `type`, which a constructor does not take.
 */
export function withBody(
  response: Response,
  body: BodyValue | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, statusText, url, redirected, type } = response;
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  // Those may not have a body, not even an empty one.
  const isNull = status === 204 || status === 205 || status === 304;
  const made = new Response(isNull ? null : body, { status, statusText, headers: all });
  for (const [name, value] of Object.entries({ url, redirected, type })) {
    Object.defineProperty(made, name, { value, configurable: true });
  }
  return made;
}
