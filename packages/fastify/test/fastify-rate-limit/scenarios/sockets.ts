import type { Scenario } from "../scenario.ts";

/** The same, as it is on the wire. */
export const sockets: readonly Scenario[] = [
  { title: "over sockets: a limit of two", sockets: true, steps: [3] },
  {
    title: "over sockets: the names of the draft",
    sockets: true,
    options: { max: 1, enableDraftSpec: true },
    steps: [2],
  },
  { title: "over sockets: a ban", sockets: true, options: { max: 1, ban: 0 }, steps: [2] },
  { title: "over sockets: HEAD", sockets: true, options: { max: 1 }, steps: ["HEAD /", "HEAD /"] },
  {
    title: "over sockets: a proxy that is trusted",
    sockets: true,
    server: { trustProxy: true },
    options: { max: 1 },
    steps: ["192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"].map((address) => ({
      url: "/",
      headers: { "x-forwarded-for": address },
    })),
  },
  {
    title: "over sockets: a stream",
    sockets: true,
    options: { max: 1 },
    routes: (app) =>
      app.get("/", async function* stream() {
        yield "a";
      }),
    steps: [2],
  },
  {
    title: "over sockets: what no route answers",
    sockets: true,
    options: { max: 1 },
    routes: (app) =>
      app.setNotFoundHandler({ preHandler: app.rateLimit() }, async (_request, reply) =>
        reply.code(404).send({ none: true }),
      ),
    steps: ["/a", "/b"],
  },
];
