/** Node's response, or web headers. */
export type ResponseHeaders =
  | { readonly headersSent: boolean; setHeader(name: string, value: string): unknown }
  | { set(name: string, value: string): unknown };

/** Sets `headers`, unless they have been sent: those of a streamed batch are before its first call is decided. */
export function setHeaders(
  response: ResponseHeaders | undefined,
  headers: Readonly<Record<string, string>>,
): void {
  if (response === undefined || ("headersSent" in response && response.headersSent)) return;
  for (const [name, value] of Object.entries(headers)) {
    if ("setHeader" in response) response.setHeader(name, value);
    else response.set(name, value);
  }
}

/** Where a context usually keeps the client's address. */
export function addressOf({ ctx }: { readonly ctx: unknown }): string | undefined {
  if (typeof ctx !== "object" || ctx === null || !("ip" in ctx)) return undefined;
  return typeof ctx.ip === "string" ? ctx.ip : undefined;
}
