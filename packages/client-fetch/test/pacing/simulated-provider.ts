import type { VirtualTime } from "../virtual-time.ts";

/** A call as a provider sees it. */
export interface SimulatedCall {
  readonly inputTokens: number;
  /** What it will generate. */
  readonly outputTokens: number;
  /** What it asks for at most. */
  readonly maxTokens: number;
}

/** The head of an answer, and when the rest of it is there. */
interface SimulatedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string | undefined;
  /** Resolves when the answer is whole. */
  readonly whole: Promise<void>;
}

/** A provider's admission, as it is documented, in virtual time. */
export interface SimulatedProvider {
  readonly origin: string;
  call(call: SimulatedCall): Promise<SimulatedAnswer>;
  readonly seen: Tally;
}

/** What a provider counted. */
export interface Tally {
  calls: number;
  refused: number;
  /** Charged, of what it let through. */
  requests: number;
  tokens: number;
  inputTokens: number;
  outputTokens: number;
  /** When each call came, and whether it was let through. */
  readonly log: { readonly atMs: number; readonly isRefused: boolean }[];
}

/** An allowance that comes back evenly, of so much in a window. */
interface Bucket {
  left(): number;
  has(units: number): boolean;
  take(units: number): void;
  /** Until so much is there. */
  waitMs(units: number): number;
}

/** One that comes back evenly: at most `limit`, and that much in a window. */
function evenBucket(time: VirtualTime, limit: number, windowMs: number): Bucket {
  let level = limit;
  let atMs = time.now();
  const left = (): number => {
    const nowMs = time.now();
    level = Math.min(limit, level + ((nowMs - atMs) * limit) / windowMs);
    atMs = nowMs;
    return level;
  };
  return {
    left,
    has: (units) => left() >= units,
    take: (units) => {
      left();
      level -= units;
    },
    waitMs: (units) => Math.max(0, ((units - left()) * windowMs) / limit),
  };
}

/** One that is whole again at once when a window ends, the first of them `offsetMs` from now. */
function windowBucket(time: VirtualTime, limit: number, windowMs: number, offsetMs = 0): Bucket {
  const startMs = time.now() + offsetMs - windowMs;
  let used = 0;
  let index = 0;
  const left = (): number => {
    const current = Math.floor((time.now() - startMs) / windowMs);
    if (current !== index) used = 0;
    index = current;
    return limit - used;
  };
  return {
    left,
    has: (units) => left() >= units,
    take: (units) => {
      left();
      used += units;
    },
    waitMs: (units) => (left() >= units ? 0 : startMs + (index + 1) * windowMs - time.now()),
  };
}

/** One that counts exactly what came within the last window. */
function slidingBucket(time: VirtualTime, limit: number, windowMs: number): Bucket {
  const entries: { readonly atMs: number; readonly units: number }[] = [];
  let first = 0;
  let used = 0;
  const left = (): number => {
    while (first < entries.length && entries[first]!.atMs <= time.now() - windowMs) {
      used -= entries[first]!.units;
      first += 1;
    }
    return limit - used;
  };
  return {
    left,
    has: (units) => left() >= units,
    take: (units) => {
      entries.push({ atMs: time.now(), units });
      used += units;
    },
    waitMs: (units) =>
      left() >= units ? 0 : (entries[first]?.atMs ?? time.now()) + windowMs - time.now(),
  };
}

/** What a provider decides of a call, and says of it. */
interface Admission {
  admit(call: SimulatedCall): boolean;
  charge(call: SimulatedCall): Partial<Tally>;
  /** Told when output has been generated. */
  generated?(call: SimulatedCall): void;
  headers(isRefused: boolean, call: SimulatedCall): Record<string, string>;
  body?(call: SimulatedCall): string;
}

/** A provider with an admission, that takes `rttMs` to come and go, and a while to answer. */
function provider(time: VirtualTime, origin: string, admission: Admission): SimulatedProvider {
  const [rttMs, firstMs, perTokenMs] = [60, 400, 5];
  const seen: Tally = {
    calls: 0,
    refused: 0,
    requests: 0,
    tokens: 0,
    inputTokens: 0,
    outputTokens: 0,
    log: [],
  };
  return {
    origin,
    seen,
    async call(call) {
      await time.sleep(rttMs / 2);
      const isRefused = !admission.admit(call);
      seen.calls += 1;
      seen.log.push({ atMs: time.now(), isRefused });
      const headers = new Headers({
        date: new Date(time.now()).toUTCString(),
        ...admission.headers(isRefused, call),
      });
      if (isRefused) {
        seen.refused += 1;
        await time.sleep(rttMs / 2);
        return { status: 429, headers, body: admission.body?.(call), whole: Promise.resolve() };
      }
      const charged = admission.charge(call);
      for (const unit of ["requests", "tokens", "inputTokens", "outputTokens"] as const) {
        seen[unit] += charged[unit] ?? 0;
      }
      await time.sleep(rttMs / 2 + firstMs * (0.5 + time.random()));
      const whole = time
        .sleep(call.outputTokens * perTokenMs)
        .then(() => admission.generated?.(call));
      return { status: 200, headers, body: undefined, whole };
    },
  };
}

/** As Go prints durations: 6m0s, 1.5s, 12ms. */
function goDuration(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round(ms - minutes * 60_000) / 1_000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

function mostOf(call: SimulatedCall): number {
  return call.inputTokens + call.maxTokens;
}

function useOf(call: SimulatedCall): number {
  return call.inputTokens + call.outputTokens;
}

/** OpenAI: buckets of requests and tokens, charged by the most that a call may use; durations as Go prints them. */
export function openai(time: VirtualTime, rpm: number, tpm: number): SimulatedProvider {
  const requests = evenBucket(time, rpm, 60_000);
  const tokens = evenBucket(time, tpm, 60_000);
  return provider(time, "https://api.openai.com", {
    admit: (call) => {
      if (!requests.has(1) || !tokens.has(mostOf(call))) return false;
      requests.take(1);
      tokens.take(mostOf(call));
      return true;
    },
    charge: (call) => ({ requests: 1, tokens: mostOf(call) }),
    headers: (isRefused, call) => {
      const wait = Math.max(requests.waitMs(1), tokens.waitMs(mostOf(call)));
      return {
        "x-ratelimit-limit-requests": String(rpm),
        "x-ratelimit-limit-tokens": String(tpm),
        "x-ratelimit-remaining-requests": String(Math.floor(requests.left())),
        "x-ratelimit-remaining-tokens": String(Math.floor(tokens.left())),
        "x-ratelimit-reset-requests": goDuration(requests.waitMs(rpm)),
        "x-ratelimit-reset-tokens": goDuration(tokens.waitMs(tpm)),
        ...(isRefused ? { "retry-after-ms": String(Math.ceil(wait)) } : {}),
      };
    },
    body: () =>
      JSON.stringify({ error: { code: "rate_limit_exceeded", message: "Rate limit reached" } }),
  });
}

// 2026-01-01T00:00:00Z
function wholeSecond(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z/, "Z");
}

/** Anthropic: buckets of requests, input and output; output is counted as it is generated, and stops what comes when it is spent. */
export function anthropic(
  time: VirtualTime,
  rpm: number,
  itpm: number,
  otpm: number,
): SimulatedProvider {
  const requests = evenBucket(time, rpm, 60_000);
  const input = evenBucket(time, itpm, 60_000);
  const output = evenBucket(time, otpm, 60_000);
  const seen = { outputTokens: 0 };
  const made = provider(time, "https://api.anthropic.com", {
    admit: (call) => {
      if (!requests.has(1) || !input.has(call.inputTokens) || !output.has(1)) return false;
      requests.take(1);
      input.take(call.inputTokens);
      return true;
    },
    charge: (call) => ({ requests: 1, inputTokens: call.inputTokens }),
    generated: (call) => {
      output.take(call.outputTokens);
      seen.outputTokens += call.outputTokens;
      made.seen.outputTokens += call.outputTokens;
    },
    headers: (isRefused, call) => {
      const wait = Math.max(requests.waitMs(1), input.waitMs(call.inputTokens), output.waitMs(1));
      const headers: Record<string, string> = isRefused
        ? { "retry-after": String(Math.ceil(wait / 1_000)) }
        : {};
      for (const [name, bucket, limit] of [
        ["requests", requests, rpm],
        ["input-tokens", input, itpm],
        ["output-tokens", output, otpm],
      ] as const) {
        headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
        headers[`anthropic-ratelimit-${name}-remaining`] = String(
          Math.max(0, Math.floor(bucket.left())),
        );
        headers[`anthropic-ratelimit-${name}-reset`] = wholeSecond(
          time.now() + bucket.waitMs(limit),
        );
      }
      return headers;
    },
    body: () =>
      JSON.stringify({
        type: "error",
        error: { type: "rate_limit_error", message: "This request would exceed your rate limit" },
      }),
  });
  return made;
}

/** Groq: requests of a day and tokens of a minute in the headers; requests of a minute, which no header tells. */
export function groq(time: VirtualTime, rpm: number, rpd: number, tpm: number): SimulatedProvider {
  const minute = evenBucket(time, rpm, 60_000);
  const day = evenBucket(time, rpd, 86_400_000);
  const tokens = evenBucket(time, tpm, 60_000);
  return provider(time, "https://api.groq.com", {
    admit: (call) => {
      if (!minute.has(1) || !day.has(1) || !tokens.has(call.inputTokens)) return false;
      for (const bucket of [minute, day]) bucket.take(1);
      tokens.take(useOf(call));
      return true;
    },
    charge: (call) => ({ requests: 1, tokens: useOf(call) }),
    headers: (isRefused, call) => ({
      "x-ratelimit-limit-requests": String(rpd),
      "x-ratelimit-limit-tokens": String(tpm),
      "x-ratelimit-remaining-requests": String(Math.floor(day.left())),
      "x-ratelimit-remaining-tokens": String(Math.max(0, Math.floor(tokens.left()))),
      "x-ratelimit-reset-requests": goDuration(day.waitMs(rpd)),
      "x-ratelimit-reset-tokens": goDuration(tokens.waitMs(tpm)),
      ...(isRefused
        ? {
            "retry-after": String(
              Math.ceil(
                Math.max(minute.waitMs(1), day.waitMs(1), tokens.waitMs(call.inputTokens)) / 1_000,
              ),
            ),
          }
        : {}),
    }),
  });
}

/** Azure: requests in windows of ten seconds, tokens of a minute by the most that a call may use, both whole again at once; whole seconds, and -1 where it does not tell. */
export function azure(
  time: VirtualTime,
  rpm: number,
  tpm: number,
  tellsRequests = true,
): SimulatedProvider {
  const requests = windowBucket(time, Math.ceil(rpm / 6), 10_000, 3_700);
  const tokens = windowBucket(time, tpm, 60_000, 22_000);
  return provider(time, "https://sim.openai.azure.com", {
    admit: (call) => {
      if (!requests.has(1) || !tokens.has(mostOf(call))) return false;
      requests.take(1);
      tokens.take(mostOf(call));
      return true;
    },
    charge: (call) => ({ requests: 1, tokens: mostOf(call) }),
    headers: (isRefused, call) => {
      const wait = Math.ceil(Math.max(requests.waitMs(1), tokens.waitMs(mostOf(call))) / 1_000);
      return {
        "x-ratelimit-limit-requests": String(rpm),
        "x-ratelimit-limit-tokens": String(tpm),
        "x-ratelimit-remaining-requests": tellsRequests ? String(requests.left() * 6) : "-1",
        "x-ratelimit-remaining-tokens": String(tokens.left()),
        "x-ratelimit-reset-requests": tellsRequests
          ? String(Math.ceil(requests.waitMs(rpm / 6) / 1_000))
          : "0",
        "x-ratelimit-reset-tokens": String(Math.ceil(tokens.waitMs(tpm) / 1_000)),
        ...(isRefused ? { "retry-after": String(wait) } : {}),
      };
    },
  });
}

/** Gemini: requests and input tokens of a minute, whole again at once; no headers, and the body of a refusal says how long to wait. */
export function gemini(time: VirtualTime, rpm: number, itpm: number): SimulatedProvider {
  const requests = windowBucket(time, rpm, 60_000, 41_000);
  const input = windowBucket(time, itpm, 60_000, 41_000);
  return provider(time, "https://generativelanguage.googleapis.com", {
    admit: (call) => {
      if (!requests.has(1) || !input.has(call.inputTokens)) return false;
      requests.take(1);
      input.take(call.inputTokens);
      return true;
    },
    charge: (call) => ({ requests: 1, inputTokens: call.inputTokens }),
    headers: () => ({}),
    body: (call) => {
      const wait = Math.max(requests.waitMs(1), input.waitMs(call.inputTokens));
      const details = [
        {
          "@type": "type.googleapis.com/google.rpc.RetryInfo",
          retryDelay: `${(wait / 1_000).toFixed(3)}s`,
        },
      ];
      return JSON.stringify({
        error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Quota exceeded", details },
      });
    },
  });
}

/** One that counts exactly what came in the last minute, and says nothing but 429. */
export function headerless(time: VirtualTime, rpm: number): SimulatedProvider {
  const requests = slidingBucket(time, rpm, 60_000);
  return provider(time, "https://llm.example", {
    admit: () => {
      if (!requests.has(1)) return false;
      requests.take(1);
      return true;
    },
    charge: () => ({ requests: 1 }),
    headers: () => ({}),
  });
}

/** One that has no limit, and refuses what `refuses` says, with nothing but 429. */
export function flaky(time: VirtualTime, refuses: () => boolean): SimulatedProvider {
  return provider(time, "https://llm.example", {
    admit: () => !refuses(),
    charge: () => ({ requests: 1 }),
    headers: () => ({}),
  });
}
