import { allowancesOf } from "@sluice/client-fetch";
import { expect, it } from "vitest";

const nowMs = Date.UTC(2026, 10, 23, 6, 0, 0);
const minute = 60_000;
const none = { limit: undefined, remaining: undefined, resetMs: undefined, windowMs: undefined };

it.each<[string, Record<string, string>, readonly object[]]>([
  [
    "OpenAI",
    {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    [
      { unit: "requests", limit: 60, remaining: 59, resetMs: 1_000 },
      { unit: "tokens", limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    ],
  ],
  [
    "OpenAI's project",
    { "x-ratelimit-limit-project-tokens": "9", "x-ratelimit-remaining-project-tokens": "8" },
    [{ unit: "tokens", limit: 9, remaining: 8 }],
  ],
  [
    "Azure",
    {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-remaining-tokens": "12",
      "x-ratelimit-reset-tokens": "54",
    },
    [
      { unit: "requests", remaining: 0 },
      { unit: "tokens", remaining: 12, resetMs: 54_000 },
    ],
  ],
  [
    "Azure's sentinels",
    {
      "x-ratelimit-limit-requests": "-1",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-limit-tokens": "0",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "30",
    },
    [],
  ],
  [
    "Groq",
    {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s",
    },
    [{ unit: "requests", limit: 14_400, remaining: 14_370, resetMs: 179_560 }],
  ],
  [
    "Anthropic",
    {
      "anthropic-ratelimit-input-tokens-limit": "80000",
      "anthropic-ratelimit-input-tokens-remaining": "79000",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-23T06:00:03Z",
      "anthropic-priority-output-tokens-limit": "10",
      "anthropic-priority-output-tokens-remaining": "10",
      "anthropic-ratelimit-unified-status": "allowed",
      date: "Mon, 23 Nov 2026 06:00:01 GMT",
    },
    [
      { unit: "outputTokens", limit: 10, remaining: 10, windowMs: minute },
      { unit: "inputTokens", limit: 80_000, remaining: 79_000, resetMs: 2_000, windowMs: minute },
    ],
  ],
  [
    "Mistral",
    {
      "x-ratelimit-limit-req-minute": "360",
      "x-ratelimit-remaining-req-minute": "359",
      "x-ratelimit-limit-tokens-month": "1000",
      "x-ratelimit-tokens-query-cost": "12",
      "ratelimitbysize-limit": "500000",
      "ratelimitbysize-remaining": "499988",
      "ratelimitbysize-reset": "28",
    },
    [
      { unit: "tokens", limit: 500_000, remaining: 499_988, resetMs: 28_000 },
      { unit: "requests", limit: 360, remaining: 359, windowMs: minute },
      { unit: "tokens", limit: 1_000, windowMs: 30 * 1_440 * minute },
    ],
  ],
  [
    "Cohere's trial",
    { "x-trial-endpoint-call-limit": "40", "x-trial-endpoint-call-remaining": "39" },
    [{ unit: "requests", limit: 40, remaining: 39, windowMs: minute }],
  ],
  [
    "draft 11",
    {
      "ratelimit-policy":
        '"rpm";q=100;w=60, "tpm";q=9000;qu="tokens";w=60, "inflight";q=8;qu="concurrent-requests"',
      ratelimit: '"rpm";r=99;t=1, "tpm";r=0;t=30, "inflight";r=7',
    },
    [
      { unit: "requests", limit: 100, remaining: 99, resetMs: 1_000, windowMs: minute },
      { unit: "tokens", limit: 9_000, remaining: 0, resetMs: 30_000, windowMs: minute },
    ],
  ],
  [
    "a name with a comma and a quote",
    { "ratelimit-policy": String.raw`"a\",;b";q=5;w=1`, ratelimit: String.raw`"a\",;b";r=4` },
    [{ unit: "requests", limit: 5, remaining: 4, windowMs: 1_000 }],
  ],
  [
    "draft 7",
    { "ratelimit-policy": "50;w=60, 100;w=3600", ratelimit: "limit=100, remaining=50, reset=30" },
    [{ unit: "requests", limit: 100, remaining: 50, resetMs: 30_000, windowMs: 60 * minute }],
  ],
  [
    "draft 6",
    {
      "ratelimit-policy": "100;w=60",
      "ratelimit-limit": "100",
      "ratelimit-remaining": "50",
      "ratelimit-reset": "30",
    },
    [{ unit: "requests", limit: 100, remaining: 50, resetMs: 30_000, windowMs: minute }],
  ],
  [
    "the one without a unit",
    {
      "x-ratelimit-limit": "20",
      "x-ratelimit-remaining": "19",
      "x-ratelimit-reset": String(nowMs + 500),
    },
    [{ unit: "requests", limit: 20, remaining: 19, resetMs: 500 }],
  ],
  [
    "a whole bucket",
    { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "0s" },
    [{ unit: "tokens", remaining: 5, resetMs: 0 }],
  ],
  [
    "an empty one that is whole at once",
    { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "0" },
    [{ unit: "tokens", remaining: 0 }],
  ],
  ["a draft that allows nothing", { "ratelimit-policy": '"a";q=0;w=1', ratelimit: '"a";r=0' }, []],
  [
    "a policy of another number",
    { "ratelimit-policy": "60;w=60", "ratelimit-limit": "100", "ratelimit-remaining": "50" },
    [{ unit: "requests", limit: 100, remaining: 50, windowMs: minute }],
  ],
  [
    "nothing that is a figure",
    {
      "x-ratelimit-limit-tokens": "many",
      "x-ratelimit-remaining-tokens": "1",
      ratelimit: "x",
      "x-ratelimit-limit-cats": "1",
      "ratelimit-limit": "a",
    },
    [],
  ],
])("reads the headers of %s", (_, headers, expected) => {
  expect(allowancesOf(new Headers(headers), nowMs)).toEqual(
    expected.map((one) => ({ ...none, ...one })),
  );
});
