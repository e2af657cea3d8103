import { once } from "node:events";
import { type Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";

/** An answer as it came over the socket. */
export interface Answer {
  readonly status: number;
  /** Repeated headers are apart, in order; names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

/** What to ask with. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Is sent as JSON. */
  readonly body?: unknown;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
}

/** Asks `url` and reads the whole answer. */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const message = await open(url, question);
  message.setEncoding("utf8");
  let body = "";
  for await (const chunk of message) body += chunk;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- node leaves out undefined values
  const headers = message.headersDistinct as Record<string, string[]>;
  return { status: message.statusCode ?? 0, headers, body };
}

/** Asks `url`; the body is still to be read. Destroying the answer closes the connection. */
export async function open(url: string, question: Question = {}): Promise<IncomingMessage> {
  const { body, method = body === undefined ? "GET" : "POST", headers, agent, signal } = question;
  const text = body === undefined ? "" : JSON.stringify(body);
  const sent = request(url, {
    method,
    ...(signal === undefined ? {} : { signal }),
    agent: agent ?? false,
    headers: {
      ...(body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      ...headers,
    },
  });
  sent.end(text);
  const [message]: IncomingMessage[] = await once(sent, "response");
  // An answer that breaks off ends its loop with an error; one that nobody reads any more has nobody to tell.
  message!.on("error", () => {});
  return message!;
}

/** Writes `bytes` on a connection of its own and reads until the server closes it. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding("latin1");
  socket.write(bytes);
  let text = "";
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Waits until `isSo`, looking every few milliseconds; throws after `withinMs`, naming `what`. */
export async function until(what: string, isSo: () => boolean, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A promise that is kept when it is told to. */
export interface Latch {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** A latch, shut. */
export function latch(): Latch {
  const kept: { resolve?: () => void } = {};
  const promise = new Promise<void>((resolve) => (kept.resolve = resolve));
  return { promise, resolve: () => kept.resolve?.() };
}

/** So many milliseconds later. */
export async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** All that is still to come of a body. */
export async function read(message: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
