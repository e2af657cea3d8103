import { hasDispose, limiterFacts } from "./limiter-facts.ts";

document.body.textContent = JSON.stringify({
  ...limiterFacts(),
  hasDispose: hasDispose(),
  isIsolated: crossOriginIsolated,
  hasSharedMemory: "SharedArrayBuffer" in globalThis,
});
