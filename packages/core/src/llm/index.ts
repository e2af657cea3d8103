export { type Estimate, estimate, type EstimateOptions, type EstimateRequest } from "./estimate.ts";
export type { Finish } from "./finish.ts";
export { type Format, formats } from "./format.ts";
export type { Framing } from "./framing.ts";
export type { ProviderError } from "./provider-error.ts";
export type { Progress, Reading, ResponseOutcome, Truncation } from "./reading.ts";
export {
  createResponseReader,
  type ResponseReader,
  type ResponseReaderOptions,
} from "./response-reader.ts";
export { type Spent, spent } from "./spent.ts";
export {
  createSseReader,
  type ServerSentEvent,
  type SseReader,
  type SseReaderOptions,
} from "./sse.ts";
export type { CountTokens } from "./tokens.ts";
export type { Usage } from "./usage.ts";
