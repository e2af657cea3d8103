import { expressFacts } from "./express-facts.ts";
import { hasDispose, limiterFacts } from "./limiter-facts.ts";

const { bun, deno, node } = process.versions;
const engine = bun ? "Bun" : deno ? "Deno" : `Node ${node.split(".")[0]}`;

void expressFacts().then((facts) => {
  const all = { engine, ...limiterFacts(), ...facts, hasDispose: hasDispose() };
  process.stdout.write(JSON.stringify(all));
});
