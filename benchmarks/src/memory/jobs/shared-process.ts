import { flushCompileCache } from "node:module";

import { storeOn } from "../table.ts";
import { type SharedTask, type Turn, turnsOn } from "./shared-turn.ts";

const prepare = turnsOn(storeOn({ path: process.argv[2]! }));
// It is killed in the end, and would write nothing then.
flushCompileCache();
let turn: (() => Promise<Turn>) | undefined;

process.on("message", (message: SharedTask | "go") => {
  if (message === "go") {
    void turn!().then((done) => process.send!(done));
  } else {
    turn = prepare(message);
    process.send!("ready");
  }
});
