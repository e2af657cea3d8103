import type { HeaderRecord } from "../request/header-record.ts";

/** The client that calls, as far as its retries go. */
export interface LayerAbove {
  /** It reads `x-should-retry`, and repeats what throws: it is answered with a response. */
  readonly heeds: boolean;
  /** How often it may send the same call again although told not to. */
  readonly repeats: number;
  /** It says itself that this is a repetition. */
  readonly isRepeat: boolean;
  /** The code of an error at which it stops by itself, whatever its status. */
  readonly stopCode?: string;
}

const unknown: LayerAbove = { heeds: false, repeats: 0, isRepeat: false };

/** Which client calls, by the headers that it sends. Of one that is not known nothing is assumed. */
export function layerAbove(headers: HeaderRecord): LayerAbove {
  const heeds = "x-stainless-lang" in headers;
  const isRepeat = Number(headers["x-stainless-retry-count"]) > 0;
  const agent = headers["user-agent"] ?? "";
  // AsyncCaller repeats six times above a Stainless client whose own retries are off, and knows neither its header nor another code than this.
  if (/langchain/i.test(agent)) return { heeds, repeats: 6, isRepeat, stopCode: "ECONNABORTED" };
  if (/^ai(?:-sdk[\w-]*)?\/\d/.test(agent) || headers["x-fern-sdk-name"] === "cohere-ai") {
    return { heeds: false, repeats: 2, isRepeat };
  }
  return heeds || isRepeat ? { heeds, repeats: 0, isRepeat } : unknown;
}
