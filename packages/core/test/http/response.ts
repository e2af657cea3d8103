import { type Exchange, type Meter, openMeter, type ResponseHead } from "@sluice/core/http";

declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const events: ResponseHead = { status: 200, type: "text/event-stream", encoding: undefined };

/** One event of a chat completion. */
export function event(content: string | undefined, usage?: object): string {
  const choices = content === undefined ? [] : [{ index: 0, delta: { content } }];
  return data({ object: "chat.completion.chunk", choices, ...(usage && { usage }) });
}

/** The event that ends its answer. */
export function finish(): string {
  const choices = [{ index: 0, delta: {}, finish_reason: "stop" }];
  return data({ object: "chat.completion.chunk", choices });
}

function data(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** The meter of a response that begins with `head`. */
function begin(exchange: Exchange, head: ResponseHead = events): Meter {
  exchange.meter = openMeter(exchange, exchange.plan!, head);
  return exchange.meter;
}

/** Sends `chunks`, until the meter ends the response; what has passed. */
export function stream(
  exchange: Exchange,
  chunks: readonly string[],
  head: ResponseHead = events,
): string {
  const meter = begin(exchange, head);
  let passed = "";
  for (const chunk of chunks) {
    const bytes = new TextEncoder().encode(chunk);
    const length = meter.push(bytes);
    passed += new TextDecoder().decode(bytes.subarray(0, length));
    if (meter.closing !== undefined) return passed + new TextDecoder().decode(meter.closing);
  }
  return passed;
}
