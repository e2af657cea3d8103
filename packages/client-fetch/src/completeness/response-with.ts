/**
 * A response as `response` is, with `body` in the place of its own and `headers` beside its own. SDKs look at the class, and at what a
 * constructor does not take: `url`, `redirected`, `type`.
 */
export function responseWith(
  response: Response,
  body: ConstructorParameters<typeof Response>[0] | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, statusText, url, redirected, type } = response;
  // Those may not have a body, not even an empty one.
  const isNull = status === 204 || status === 205 || status === 304;
  const made = new Response(isNull ? null : body, {
    status,
    statusText,
    headers: response.headers,
  });
  for (const [name, value] of Object.entries(headers)) made.headers.set(name, value);
  return Object.defineProperties(made, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    type: { value: type, configurable: true },
  });
}
