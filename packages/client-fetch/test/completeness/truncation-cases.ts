import type { Script } from "../raw-server.ts";
import type { Tried } from "./try-cases.ts";
import {
  betweenEvents,
  body,
  chat,
  chatNoFinish,
  chatNoMarker,
  chatOneOpen,
  chatUsageCut,
  chunks,
  encode,
  geminiNoFinish,
  half,
  insideCharacter,
  messagesNoFinish,
  messagesNoMarker,
  most,
  responsesNoMarker,
  utf8,
} from "./wire.ts";

/** A response that is cut in one way. */
export interface TruncationCase extends Script {
  readonly title: string;
  readonly isTls: boolean;
  /**
   * What must come of it: `"rejected"`, by fetch itself; `"truncated"`; `"whole"`, for all of the answer is there; `"unknown"`, for no byte tells;
   * the latter two with the Node versions of which it holds, where it does not hold of all.
   */
  readonly expected: "rejected" | "truncated" | "whole" | "unknown";
  readonly except?: { readonly nodes: readonly number[]; readonly expected: "whole" | "unknown" };
}

const all: TruncationCase[] = [];
const json = "Content-Type: application/json";
const sse = "Content-Type: text/event-stream";
const chunked = "Transfer-Encoding: chunked";
const close = "Connection: close";
const alive = "Connection: keep-alive";
const length = (bytes: Uint8Array): string => `Content-Length: ${bytes.length}`;

interface Cut {
  readonly fields: readonly string[];
  readonly bytes: readonly Uint8Array[] | Uint8Array;
  readonly end?: Script["end"];
  readonly version?: "1.0" | "1.1";
  /** Behind the status. Default: `"OK"`. */
  readonly phrase?: string;
  readonly isTls?: boolean;
  readonly expected?: TruncationCase["expected"];
  readonly except?: TruncationCase["except"];
}

function add(title: string, cut: Cut): void {
  const { fields, bytes, end = "fin", version = "1.1", phrase = "OK", isTls = false } = cut;
  const head = utf8(`HTTP/${version} 200 ${phrase}\r\n${fields.join("\r\n")}\r\n\r\n`);
  const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
  all.push({
    title,
    bytes: [head, ...parts.filter((part) => part.length > 0)],
    end,
    isTls,
    expected: cut.expected ?? "truncated",
    ...(cut.except !== undefined && { except: cut.except }),
  });
}

const headOnly = { isTls: false, expected: "rejected" } as const;
all.push(
  { ...headOnly, title: "nothing, FIN", bytes: [], end: "fin" },
  { ...headOnly, title: "nothing, RST", bytes: [], end: "rst" },
  {
    ...headOnly,
    title: "half a head, FIN",
    bytes: [utf8("HTTP/1.1 200 OK\r\nContent-Ty")],
    end: "fin",
  },
);

const announced = [json, length(body), alive];
add("length: half, FIN", { fields: announced, bytes: half(body) });
add("length: half, RST", { fields: announced, bytes: half(body), end: "rst" });
add("length: nothing, FIN", { fields: announced, bytes: [] });
add("length: one byte short, FIN", { fields: announced, bytes: most(body) });
add("length: half, close, FIN", { fields: [json, length(body), close], bytes: half(body) });
add("length: half, close, RST", {
  fields: [json, length(body), close],
  bytes: half(body),
  end: "rst",
});
add("length: half, HTTP/1.0, FIN", {
  fields: [json, length(body)],
  bytes: half(body),
  version: "1.0",
});
add("length: a stream between events, FIN", {
  fields: [sse, length(chat)],
  bytes: betweenEvents(chat),
});
add("length: a stream, RST", { fields: [sse, length(chat)], bytes: half(chat), end: "rst" });

const sizes = [100, 200] as const;
const lastOpen = (bytes: Buffer): Buffer[] => {
  const parts = chunks(bytes, ...sizes);
  return [...parts.slice(0, -1), half(parts.at(-1)!)];
};
const last = utf8("0\r\n\r\n");
for (const [form, fields] of [
  ["chunked", [chunked, alive]],
  ["chunked, close", [chunked, close]],
] as const) {
  const old = fields[1] === close ? { nodes: [20], expected: "whole" as const } : undefined;
  const whole = old === undefined ? {} : { except: old };
  add(`${form}: inside a chunk, FIN`, { fields: [json, ...fields], bytes: lastOpen(body) });
  add(`${form}: inside a chunk, RST`, {
    fields: [json, ...fields],
    bytes: lastOpen(body),
    end: "rst",
  });
  add(`${form}: between chunks, FIN`, {
    fields: [json, ...fields],
    bytes: chunks(body, ...sizes).slice(0, 2),
  });
  add(`${form}: between chunks, RST`, {
    fields: [json, ...fields],
    bytes: chunks(body, ...sizes).slice(0, 2),
    end: "rst",
  });
  add(`${form}: all but the last chunk, FIN`, {
    fields: [json, ...fields],
    bytes: chunks(body, ...sizes),
    ...whole,
  });
  add(`${form}: all but the last line end, FIN`, {
    fields: [json, ...fields],
    bytes: [...chunks(body), utf8("0\r\n")],
    ...whole,
  });
  add(`${form}: a stream inside an event, FIN`, {
    fields: [sse, ...fields],
    bytes: lastOpen(chat),
  });
  add(`${form}: a stream between events, FIN`, {
    fields: [sse, ...fields],
    bytes: chunks(betweenEvents(chat)),
  });
  add(`${form}: a stream, RST`, {
    fields: [sse, ...fields],
    bytes: chunks(betweenEvents(chat)),
    end: "rst",
  });
  add(`${form}: a stream to its end marker, FIN`, {
    fields: [sse, ...fields],
    bytes: chunks(chat),
    ...whole,
  });
  for (const end of ["fin", "rst"] as const) {
    add(`${form}: a stream to its finish reason, ${end.toUpperCase()}`, {
      fields: [sse, ...fields],
      bytes: chunks(chatNoMarker),
      end,
    });
  }
}
add("chunked, HTTP/1.0: inside a chunk, FIN", {
  fields: [json, chunked],
  bytes: lastOpen(body),
  version: "1.0",
});
add("chunked, HTTP/1.0: a stream between events, FIN", {
  fields: [sse, chunked],
  bytes: chunks(betweenEvents(chat)),
  version: "1.0",
});

for (const version of ["1.1", "1.0"] as const) {
  for (const end of ["fin", "rst"] as const) {
    const to = `HTTP/${version}, ${end.toUpperCase()}`;
    add(`until closed: half, ${to}`, { fields: [json], bytes: half(body), end, version });
    add(`until closed: a stream between events, ${to}`, {
      fields: [sse],
      bytes: betweenEvents(chat),
      end,
      version,
    });
  }
}
add("until closed: a stream inside an event, FIN", { fields: [sse], bytes: half(chat) });
add("length: a stream to its finish reason, FIN", {
  fields: [sse, length(chat)],
  bytes: chatNoMarker,
});
add("until closed: a stream to its finish reason, FIN", { fields: [sse], bytes: chatNoMarker });
add("until closed: a stream to its finish reason, close, RST", {
  fields: [sse, close],
  bytes: chatNoMarker,
  end: "rst",
});
add("until closed: a stream to its finish reason, close, no phrase, FIN", {
  fields: [sse, close],
  bytes: chatNoMarker,
  phrase: "",
});
add("until closed: a stream to its finish reason, HTTP/1.0, FIN", {
  fields: [sse],
  bytes: chatNoMarker,
  version: "1.0",
});
add("until closed: a stream to its finish reason, gzip, FIN", {
  fields: [sse, "Content-Encoding: gzip"],
  bytes: encode.gzip(chatNoMarker),
});
add("until closed: nothing, FIN", { fields: [json], bytes: [] });
add("until closed: text, FIN", {
  fields: ["Content-Type: text/plain"],
  bytes: half(body),
  expected: "unknown",
});
for (const end of ["close-notify", "fin", "rst"] as const) {
  add(`TLS, until closed: half, ${end}`, { fields: [json], bytes: half(body), end, isTls: true });
  add(`TLS, until closed: a stream between events, ${end}`, {
    fields: [sse],
    bytes: betweenEvents(chat),
    end,
    isTls: true,
  });
}

const intact = (type: string, bytes: Buffer): Pick<Cut, "fields" | "bytes" | "end"> => ({
  fields: [type, chunked, alive],
  bytes: [...chunks(bytes, ...sizes), last],
  end: "open",
});
add("intact: JSON cut inside, length", {
  fields: [json, length(half(body)), alive],
  bytes: half(body),
  end: "open",
});
add("intact: a length less than what is sent", {
  fields: [json, length(half(body)), alive],
  bytes: body,
  end: "open",
});
add("intact: JSON cut inside, chunked", intact(json, half(body)));
add("intact: JSON cut inside a character", intact(json, insideCharacter(body)));
add("intact: an empty body, chunked", intact(json, utf8("")));
add("intact: an empty body, length 0", {
  fields: [json, "Content-Length: 0", alive],
  bytes: [],
  end: "open",
});
add("intact: an empty body without a type", {
  fields: ["Content-Length: 0", alive],
  bytes: [],
  end: "open",
});
add("intact: a stream without [DONE]", { ...intact(sse, chatNoMarker), expected: "whole" });
add("intact: a stream without [DONE], with one of two choices open", intact(sse, chatOneOpen));
add("intact: a stream cut inside the usage after its finish reason", intact(sse, chatUsageCut));
add("intact: a stream without a finish reason", intact(sse, chatNoFinish));
add("intact: a stream cut inside an event", intact(sse, half(chat)));
add("intact: a stream cut inside a character", intact(sse, insideCharacter(chat)));
add("intact: a stream of comments", intact(sse, utf8(": ping\n\n: ping\n\n")));
add("intact: an empty stream", intact(sse, utf8("")));
add("intact: Anthropic without message_stop", intact(sse, messagesNoMarker));
add("intact: Anthropic without a stop reason", intact(sse, messagesNoFinish));
add("intact: responses without a last event", intact(sse, responsesNoMarker));
add("intact: Gemini without a finish reason", intact(sse, geminiNoFinish));

const packed = encode.gzip(body);
const encoded = (name: string): readonly string[] => [json, `Content-Encoding: ${name}`];
add("gzip cut, chunked", {
  fields: [...encoded("gzip"), chunked],
  bytes: [...chunks(half(packed)), last],
  end: "open",
});
add("gzip cut, length", {
  fields: [...encoded("gzip"), length(half(packed))],
  bytes: half(packed),
  end: "open",
});
add("gzip cut, until closed", { fields: encoded("gzip"), bytes: half(packed) });
add("gzip cut, length short", {
  fields: [...encoded("gzip"), length(packed)],
  bytes: half(packed),
});
add("gzip without its trailer", {
  fields: [...encoded("gzip"), length(packed.subarray(0, -8))],
  bytes: packed.subarray(0, -8),
  end: "open",
  expected: "whole",
});
const wrong = Buffer.from(packed);
wrong[wrong.length - 8]! ^= 0xff;
add("gzip with a wrong checksum, length", {
  fields: [...encoded("gzip"), length(wrong)],
  bytes: wrong,
  end: "open",
});
add("gzip with a wrong checksum, chunked", {
  fields: [...encoded("gzip"), chunked],
  bytes: [...chunks(wrong, 50), last],
  end: "open",
});
add("gzip, an empty body", {
  fields: [...encoded("gzip"), "Content-Length: 0"],
  bytes: [],
  end: "open",
});
add("gzip, a stream cut", {
  fields: [sse, "Content-Encoding: gzip", chunked],
  bytes: [...chunks(half(encode.gzip(chat))), last],
  end: "open",
});
for (const name of ["br", "deflate", "zstd"] as const) {
  const cut = half(encode[name](body));
  add(`${name} cut, length`, {
    fields: [...encoded(name), length(cut)],
    bytes: cut,
    end: "open",
    ...(name === "zstd" && { except: { nodes: [20, 22], expected: "unknown" as const } }),
  });
}
add("a body that stalls", { fields: announced, bytes: half(body), end: "open" });
add("a stream that stalls", {
  fields: [sse, chunked],
  bytes: chunks(betweenEvents(chat)),
  end: "open",
});
add("a stream that stalls before its first event", {
  fields: [sse, chunked],
  bytes: [],
  end: "open",
});

/** Every way in which a response is cut. */
export const truncationCases: readonly TruncationCase[] = all;

/** What was made of a response, in the words of a case; `"wrong"` where what was thrown and what was told are not the same. */
export function comeTo({ threw, outcome }: Tried): TruncationCase["expected"] | "wrong" {
  if (threw === "fetch") return "rejected";
  if (outcome === "truncated") return threw === undefined ? "wrong" : "truncated";
  if (threw !== undefined) return "wrong";
  return outcome === "complete" ? "whole" : outcome === "unknown" ? "unknown" : "wrong";
}
