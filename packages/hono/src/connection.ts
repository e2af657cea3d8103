import type { NodeRequest, NodeResponse } from "@sluice/core/http";
import type { Context } from "hono";

/** What a runtime's `getConnInfo` is, as far as it is used. */
export type GetConnInfo<C> = (c: C) => {
  readonly remote: { readonly address?: string | undefined };
};

/** Node's own request and response, as `@hono/node-server` hands them over. */
export interface NodeConnection {
  readonly incoming: NodeRequest & {
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    readonly socket: { readonly remoteAddress?: string | undefined };
  };
  readonly outgoing: NodeResponse;
}

/** What the runtimes' adapters leave in `c.env`; anything but an object is nothing. */
interface Bindings extends Partial<NodeConnection> {
  readonly server?: Bindings;
  /** Bun's server. */
  readonly requestIP?: (request: Request) => { readonly address: string } | null;
  /** Deno's connection. */
  readonly remoteAddr?: { readonly hostname?: string };
}

/** Node's side of `c`; `undefined` on other runtimes. */
export function nodeOf(c: Context): NodeConnection | undefined {
  const env = bindingsOf(c);
  const { incoming, outgoing } = env.incoming === undefined ? (env.server ?? env) : env;
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}

/** The address at the other end of the connection; `undefined` where the runtime has none, as in a worker. */
export function addressOf(c: Context): string | undefined {
  const node = nodeOf(c);
  if (node !== undefined) return node.incoming.socket.remoteAddress;
  const env = bindingsOf(c);
  const bun = env.server ?? env;
  return bun.requestIP?.(c.req.raw)?.address ?? env.remoteAddr?.hostname;
}

/** A header of the request; on Node without building all of them. */
export function headerOf(c: Context, name: string): string | undefined {
  const node = nodeOf(c);
  if (node === undefined) return c.req.header(name);
  const value = node.incoming.headers[name];
  return typeof value === "string" ? value : undefined;
}

function bindingsOf({ env }: Context): Bindings {
  // Whatever it is, every part of it is looked at before it is used.
  const bindings: unknown = env;
  return typeof bindings === "object" && bindings !== null ? bindings : {};
}
