import { runAsChild } from "../src/child.ts";

// Reports as much as it can at the last moment.
runAsChild<{ readonly events: number }>(async ({ events }, report) => ({
  port: 1,
  async stop() {
    for (let id = 0; id < events; id++) report([{ type: "ended", atMs: 0, id, tokens: id }]);
  },
}));
