import type { Subject } from "./subject.ts";

/** Decides nothing: what is left is the way to a script and back. */
export const emptyScript: Subject = {
  name: "empty script",
  promise: "decides nothing: what is left is the way to a script and back",
  open({ client }) {
    const loaded = client.script("LOAD", "return 1");
    return {
      async decide(key) {
        return (await client.evalsha(String(await loaded), 1, key)) === 1;
      },
    };
  },
};
