import { decoded, json, jsonType, type Recording, sse, stream, utf8 } from "./recording.ts";

const head = {
  id: "chatcmpl-B1",
  object: "chat.completion.chunk",
  created: 1_758_000_000,
  model: "gpt-4o",
};

function chunk(delta: object, finish_reason: string | null = null, index = 0): object {
  return { ...head, choices: [{ index, delta, logprobs: null, finish_reason }] };
}

const role = chunk({ role: "assistant", content: "" });
const hello = [
  role,
  ...["Hel", "lo", " there", ", wor", "ld"].map((content) => chunk({ content })),
];
const stop = chunk({}, "stop");
const counts = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const usage = { ...head, choices: [], usage: counts };
const exact = { input: 12, output: 5, cacheReads: 0, cacheWrites: 0, reasoning: 0 };
const done = "[DONE]";

function body(choice: object, more: object = { usage: counts }): Uint8Array {
  return json({ ...head, object: "chat.completion", choices: [{ index: 0, ...choice }], ...more });
}

const whole = { outcome: "complete", finish: "complete", isEstimated: false } as const;
const streamed = { format: "openai", contentType: sse, output: 5 } as const;
const answered = { format: "openai", contentType: jsonType, output: 5 } as const;

export const openaiRecordings: readonly Recording[] = [
  {
    ...streamed,
    title: "chat with usage in a chunk of its own",
    body: stream(...hello, stop, usage, done),
    expected: { ...whole, usage: exact, outputBytes: 18, contentEvents: 5, ended: true },
  },
  {
    ...streamed,
    title: "chat without include_usage",
    body: stream(...hello, stop, done),
    expected: { outcome: "complete", usage: undefined, isEstimated: true, outputBytes: 18 },
  },
  {
    ...streamed,
    title: "chat with usage in the chunk that has the finish reason",
    body: stream(...hello, { ...stop, usage: counts }, done),
    expected: { ...whole, usage: exact },
  },
  {
    ...streamed,
    title: "chat with usage null in every chunk but one",
    body: stream(...[...hello, stop].map((one) => ({ ...one, usage: null })), usage, done),
    expected: { ...whole, usage: exact },
  },
  {
    ...streamed,
    title: "chat with usage that grows in every chunk",
    body: stream(
      ...hello.map((one, at) => ({
        ...one,
        usage: { ...counts, completion_tokens: at, total_tokens: 12 + at },
      })),
      { ...stop, usage: counts },
      done,
    ),
    expected: { ...whole, usage: exact },
  },
  {
    ...streamed,
    title: "chat whose usage grows and that breaks off",
    body: stream(
      ...hello.map((one, at) => ({
        ...one,
        usage: { ...counts, completion_tokens: at, total_tokens: 12 + at },
      })),
    ),
    expected: { outcome: "truncated", truncation: "finish-missing", isEstimated: true },
  },
  {
    ...streamed,
    title: "chat whose usage says a cost of 0",
    body: stream(
      ...hello,
      stop,
      { ...usage, usage: { ...counts, cost: 0, cost_details: { total: 0 } } },
      done,
    ),
    expected: { ...whole, usage: exact },
  },
  {
    ...streamed,
    title: "chat whose usage is all zeros",
    body: stream(
      ...hello,
      stop,
      { ...usage, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } },
      done,
    ),
    expected: { outcome: "complete", isEstimated: true, outputTokens: 5 },
  },
  {
    ...streamed,
    title: "chat whose usage is negative and no number",
    body: stream(
      ...hello,
      stop,
      { ...usage, usage: { prompt_tokens: -1, completion_tokens: "5", total_tokens: null } },
      done,
    ),
    expected: { outcome: "complete", isEstimated: true, outputTokens: 5, inputTokens: undefined },
  },
  {
    ...streamed,
    title: "chat with reasoning and cached tokens",
    output: 300,
    body: stream(
      ...hello,
      stop,
      {
        ...usage,
        usage: {
          prompt_tokens: 2_000,
          completion_tokens: 300,
          total_tokens: 2_300,
          prompt_tokens_details: { cached_tokens: 1_920, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 256, accepted_prediction_tokens: 0 },
        },
      },
      done,
    ),
    expected: {
      ...whole,
      usage: { input: 2_000, output: 300, cacheReads: 1_920, cacheWrites: 0, reasoning: 256 },
    },
  },
  {
    ...streamed,
    title: "chat of a server that counts reasoning only in the total",
    output: 105,
    body: stream(
      ...hello,
      stop,
      {
        ...usage,
        usage: {
          ...counts,
          total_tokens: 117,
          completion_tokens_details: { reasoning_tokens: 100 },
        },
      },
      done,
    ),
    expected: {
      ...whole,
      usage: { input: 12, output: 105, cacheReads: 0, cacheWrites: 0, reasoning: 100 },
    },
  },
  {
    ...streamed,
    title: "chat with reasoning as text",
    body: stream(role, chunk({ reasoning_content: "Hmm…" }), ...hello.slice(1), stop, usage, done),
    expected: { ...whole, outputBytes: 18 + 6, contentEvents: 6 },
  },
  {
    ...streamed,
    title: "chat with a tool call",
    body: stream(
      chunk({
        role: "assistant",
        content: null,
        tool_calls: [
          {
            index: 0,
            id: "call_1",
            type: "function",
            function: { name: "weather", arguments: "" },
          },
        ],
      }),
      ...['{"ci', 'ty":"', "Zü", 'rich"}'].map((part) =>
        chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] }),
      ),
      chunk({}, "tool_calls"),
      usage,
      done,
    ),
    expected: { ...whole, usage: exact, outputBytes: 7 + 18, contentEvents: 5 },
  },
  {
    ...streamed,
    title: "chat with two answers at once",
    output: 8,
    body: stream(
      chunk({ role: "assistant", content: "" }, null, 0),
      chunk({ role: "assistant", content: "" }, null, 1),
      ...[0, 1, 1, 0, 0, 1].map((index) => chunk({ content: "aa" }, null, index)),
      chunk({}, "stop", 0),
      chunk({ content: "bb" }, null, 1),
      chunk({}, "length", 1),
      { ...usage, usage: { prompt_tokens: 9, completion_tokens: 8, total_tokens: 17 } },
      done,
    ),
    expected: { outcome: "cut", finish: "cut", isEstimated: false, outputBytes: 14 },
  },
  {
    ...streamed,
    title: "chat of whose two answers one never finished",
    output: 8,
    body: stream(
      chunk({ content: "aa" }, null, 0),
      chunk({ content: "bb" }, null, 1),
      chunk({}, "stop", 0),
      done,
    ),
    expected: { outcome: "truncated", truncation: "finish-missing", finish: "complete" },
  },
  {
    ...streamed,
    title: "chat cut by max_tokens",
    body: stream(...hello, chunk({}, "length"), usage, done),
    expected: { outcome: "cut", finish: "cut", usage: exact, isEstimated: false },
  },
  {
    ...streamed,
    title: "chat with the error in the middle of a 200",
    body: stream(...hello, {
      error: { message: "The server had an error", type: "server_error", code: null, param: null },
    }),
    expected: {
      outcome: "failed",
      error: { code: "server_error", message: "The server had an error" },
      isEstimated: true,
    },
  },
  {
    ...streamed,
    title: "chat without the end marker",
    body: stream(...hello, stop, usage),
    expected: {
      outcome: "truncated",
      truncation: "end-marker-missing",
      finish: "complete",
      usage: exact,
      isEstimated: false,
    },
  },
  {
    ...streamed,
    title: "chat without a finish reason",
    body: stream(...hello, done),
    expected: { outcome: "truncated", truncation: "finish-missing", isEstimated: true },
  },
  {
    ...streamed,
    title: "chat cut inside an event",
    body: stream(...hello, stop).slice(0, -60),
    expected: { outcome: "truncated", truncation: "event-cut", isEstimated: true },
  },
  {
    ...streamed,
    title: "chat cut inside a character",
    body: utf8(decoded(stream(...hello)) + 'data: {"choices":[{"delta":{"content":"h\u00e9').slice(
      0,
      -1,
    ),
    expected: { outcome: "truncated", truncation: "utf8-cut", isEstimated: true },
  },
  {
    ...streamed,
    title: "chat whose last blank line is missing",
    body: stream(...hello, stop, usage, done).slice(0, -1),
    expected: { ...whole, usage: exact, ended: true },
  },
  {
    ...streamed,
    title: "chat with comments, CRLF and a byte order mark",
    body: utf8(
      `\ufeff: PROCESSING\r\n\r\n${decoded(stream(...hello, stop, usage, done)).replaceAll("\n", "\r\n")}`,
    ),
    expected: { ...whole, usage: exact, contentEvents: 5, outputBytes: 18 },
  },
  {
    ...streamed,
    title: "chat with obfuscation, escapes and letters beyond ASCII",
    body: stream(
      ...hello,
      ...['"\n', "日本", "\u{1f600}", "é"].map((content) => ({
        ...chunk({ content }),
        obfuscation: "aB",
      })),
      stop,
      usage,
      done,
    ),
    expected: { ...whole, usage: exact, outputBytes: 18 + 2 + 6 + 4 + 2, contentEvents: 9 },
  },
  {
    ...streamed,
    title: "chat with logprobs, whose texts are not counted",
    body: stream(
      {
        ...head,
        choices: [
          {
            index: 0,
            delta: { content: "Hi" },
            logprobs: {
              content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
            },
            finish_reason: null,
          },
        ],
      },
      stop,
      usage,
      done,
    ),
    expected: { ...whole, outputBytes: 2 },
  },
  {
    ...streamed,
    title: "an older text completion",
    body: stream(
      {
        id: "cmpl-1",
        object: "text_completion",
        choices: [{ text: "Hello", index: 0, finish_reason: null }],
      },
      {
        id: "cmpl-1",
        object: "text_completion",
        choices: [{ text: "", index: 0, finish_reason: "stop" }],
        usage: counts,
      },
      done,
    ),
    expected: { ...whole, usage: exact, outputBytes: 5 },
  },
  {
    ...answered,
    title: "a body",
    body: body({
      message: { role: "assistant", content: "Hello there", refusal: null },
      finish_reason: "stop",
    }),
    expected: { ...whole, framing: "json", usage: exact, outputBytes: 11 },
  },
  {
    ...answered,
    title: "a body with a tool call",
    body: body({
      message: {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
      },
      finish_reason: "tool_calls",
    }),
    expected: { ...whole, outputBytes: 8 },
  },
  {
    ...answered,
    title: "a body without usage",
    body: body(
      { message: { role: "assistant", content: "Hello there" }, finish_reason: "stop" },
      {},
    ),
    expected: { outcome: "complete", isEstimated: true, outputTokens: 3 },
  },
  {
    ...answered,
    format: undefined,
    title: "a body cut in the middle",
    body: body({
      message: { role: "assistant", content: "Hello there" },
      finish_reason: "stop",
    }).slice(0, 170),
    expected: { outcome: "truncated", truncation: "json-open", isEstimated: true, outputBytes: 11 },
  },
  {
    ...answered,
    format: undefined,
    title: "an empty body",
    body: utf8(""),
    expected: { outcome: "truncated", truncation: "empty" },
  },
  {
    ...answered,
    format: undefined,
    output: 0,
    title: "an error body",
    body: json({
      error: {
        message: "You exceeded your current quota",
        type: "insufficient_quota",
        param: null,
        code: "insufficient_quota",
      },
    }),
    expected: {
      outcome: "failed",
      error: { code: "insufficient_quota", message: "You exceeded your current quota" },
    },
  },
  {
    ...answered,
    output: 0,
    title: "embeddings",
    body: json({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.1, -2e-3] }],
      model: "e",
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    expected: {
      outcome: "complete",
      isEstimated: false,
      usage: { input: 8, output: 0, cacheReads: 0, cacheWrites: 0, reasoning: 0 },
    },
  },
  {
    ...streamed,
    title: "Azure: prompt filter results first, filtered answer last",
    format: "azure",
    body: stream(
      {
        choices: [],
        created: 0,
        id: "",
        model: "",
        object: "",
        prompt_filter_results: [
          {
            prompt_index: 0,
            content_filter_results: { hate: { filtered: false, severity: "safe" } },
          },
        ],
      },
      ...hello.map((one) => ({ ...one, usage: null })),
      {
        ...head,
        choices: [
          {
            index: 0,
            delta: {},
            finish_reason: "content_filter",
            content_filter_results: { violence: { filtered: true, severity: "high" } },
          },
        ],
      },
      usage,
      done,
    ),
    expected: { outcome: "filtered", finish: "filtered", usage: exact, isEstimated: false },
  },
  {
    ...answered,
    title: "Azure: a prompt that was filtered",
    format: undefined,
    readAs: "azure",
    output: 0,
    body: json({
      error: {
        message: "The response was filtered",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
      },
    }),
    expected: {
      outcome: "filtered",
      error: { code: "content_filter", message: "The response was filtered" },
    },
  },
  {
    ...streamed,
    title: "Groq: usage in x_groq",
    format: "groq",
    body: stream(
      { ...role, x_groq: { id: "req_1" } },
      ...hello.slice(1),
      {
        ...stop,
        x_groq: {
          id: "req_1",
          usage: {
            queue_time: 0.01,
            prompt_time: 0.002,
            completion_time: 0.1,
            total_time: 0.1,
            ...counts,
          },
        },
      },
      done,
    ),
    expected: { ...whole, usage: exact },
  },
  {
    ...streamed,
    title: "Groq: an error in x_groq",
    format: "groq",
    body: stream({ ...role, x_groq: { id: "req_1" } }, ...hello.slice(1), {
      ...chunk({}),
      x_groq: { id: "req_1", error: "over capacity" },
    }),
    expected: { outcome: "failed", error: { code: "error", message: "over capacity" } },
  },
  {
    ...streamed,
    title: "Mistral: padding, thinking parts, usage with the finish, no end marker",
    readAs: "mistral",
    body: stream(
      { ...chunk({ role: "assistant", content: "" }), p: "ab" },
      {
        ...chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
        p: "abcd",
      },
      ...["Hel", "lo"].map((content) => ({ ...chunk({ content }), p: "abcdef" })),
      { ...stop, usage: counts },
    ),
    expected: { ...whole, usage: exact, outputBytes: 7 },
  },
  {
    ...streamed,
    title: "Mistral: cut by the model's length",
    readAs: "mistral",
    body: stream(...hello, { ...chunk({}, "model_length"), usage: counts }, done),
    expected: { outcome: "cut", isEstimated: false },
  },
];
