import type { Scenario } from "../scenario.ts";

const offBy =
  (prefix: string) =>
  (names: readonly string[]): Record<string, false> =>
    Object.fromEntries(
      names.map((name) => [name === "retry-after" ? name : `${prefix}-${name}`, false]),
    );
const [legacy, draft] = [offBy("x-ratelimit"), offBy("ratelimit")];

const all = ["limit", "remaining", "reset", "retry-after"];

/** Which headers, by which names. */
export const headers: readonly Scenario[] = [
  { title: "the names of the draft", options: { max: 1, enableDraftSpec: true }, steps: [2] },
  {
    title: "the names of the draft, not asked for",
    options: { max: 1, enableDraftSpec: false },
    steps: [2],
  },
  {
    title: "the names of the draft, asked for in words",
    options: () => ({ max: 1, enableDraftSpec: "yes" }),
    steps: [2],
  },
  ...all.flatMap((name): Scenario[] => [
    {
      title: `refusals without ${name}`,
      options: { max: 1, addHeaders: legacy([name]) },
      steps: [2],
    },
    {
      title: `refusals without the draft's ${name}`,
      options: { max: 1, enableDraftSpec: true, addHeaders: draft([name]) },
      steps: [2],
    },
  ]),
  ...all.slice(0, 3).map((name): Scenario => ({
    title: `answers without ${name}`,
    options: { max: 1, addHeadersOnExceeding: legacy([name]) },
    steps: [2],
  })),
  { title: "refusals without any", options: { max: 1, addHeaders: legacy(all) }, steps: [2] },
  {
    title: "answers without any",
    options: { max: 1, addHeadersOnExceeding: legacy(all) },
    steps: [2],
  },
  {
    title: "no headers anywhere",
    options: { max: 1, addHeaders: legacy(all), addHeadersOnExceeding: legacy(all) },
    steps: [2],
  },
  {
    title: "switches by the names of the draft, without the draft",
    options: { max: 1, addHeaders: draft(["limit"]) },
    steps: [2],
  },
  {
    title: "switches by the other names, with the draft",
    options: { max: 1, enableDraftSpec: true, addHeadersOnExceeding: legacy(["limit"]) },
    steps: [2],
  },
  {
    title: "headers that the handler has set before",
    options: { max: 1, hook: "preHandler" },
    routes: (app) => {
      app.addHook(
        "onRequest",
        async (_request, reply) => void reply.header("x-ratelimit-limit", "mine"),
      );
      app.get("/", () => "hello");
    },
    steps: [2],
  },
  {
    title: "headers of an answer that the handler throws",
    routes: (app) =>
      app.get("/", () => {
        throw new Error("no");
      }),
    steps: [3],
  },
  {
    title: "headers of a refusal that an error handler answers",
    options: { max: 1 },
    routes: (app) => {
      app.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) =>
        reply.code(error.statusCode === 429 ? 420 : 500).send({ said: error.message }),
      );
      app.get("/", () => "hello");
    },
    steps: [2],
  },
  {
    title: "a refusal that an error handler lets pass",
    options: { max: 1 },
    routes: (app) => {
      app.setErrorHandler((error: Error, _request, reply) => {
        error.message = "slow down";
        return reply.send(error);
      });
      app.get("/", () => "hello");
    },
    steps: [2],
  },
];
