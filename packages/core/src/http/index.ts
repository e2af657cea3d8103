export { createGate, type Gate, type Verdict } from "./admit.ts";
export { clientIp } from "./client-ip.ts";
export {
  endExchange,
  type Exchange,
  exchangeOf,
  leaveExchange,
  openExchange,
  releaseExchange,
  type RequestState,
  type Signalled,
  stopExchange,
} from "./exchange.ts";
export { type HeaderForm, rateLimitHeaders } from "./headers.ts";
export {
  type Hit,
  type HitCount,
  hitCount,
  type HitCounter,
  type HitStore,
  type Judgement,
  storeCounter,
} from "./hit-counter.ts";
export {
  type HitWindow,
  type HitWindows,
  hitWindows,
  type HitWindowsOptions,
} from "./hit-windows.ts";
export {
  type LimiterCounter,
  limiterCounter,
  type LimiterCounterOptions,
} from "./limiter-counter.ts";
export type { Meter, Metered, ResponseHead } from "./metered.ts";
export type { MeterOption, MeterOptions, Overrun } from "./meter-plan.ts";
export { openMeter } from "./meter.ts";
export {
  admitNode,
  answerRefusal,
  attendNode,
  type Carrier,
  setHeaders,
  watchNode,
} from "./node.ts";
export { nodeRateLimit, type NodeRateLimitOptions, type PlainRequest } from "./node-handler.ts";
export type { NodeRequest, NodeResponse } from "./node-message.ts";
export type { Framework, RateLimitOptions } from "./options.ts";
export { type Problem, problemOf } from "./problem.ts";
export { problemType, type Refusal } from "./refusal.ts";
export type { RequestSignal } from "./request-signal.ts";
export { wait, type Wait, type WaitOptions } from "./waiting.ts";
export {
  admitWeb,
  attendSignal,
  refusalResponse,
  tapResponse,
  watchSignal,
  type WebHeaders,
  type WebResponse,
  withHeaders,
} from "./web.ts";
export {
  rateLimitOf,
  webRateLimit,
  type WebRateLimitOptions,
  type WebRequest,
} from "./web-handler.ts";
