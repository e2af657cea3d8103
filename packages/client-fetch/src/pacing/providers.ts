/** How a provider counts. */
export interface ProviderRules {
  /** `"use"`: what a call used, when that is known. `"most"`: the most that it may use, when it comes, and gives nothing back. */
  readonly charges: "use" | "most";
  /**
   * `"evenly"`: an allowance comes back bit by bit, and its reset is when it is whole. `"at-once"`: all of it comes back at the reset, or
   * nobody knows.
   */
  readonly refills: "evenly" | "at-once";
  /** Calls may come together as far as so much time of the pace allows: of requests, and of tokens. */
  readonly requestsBurstMs: number;
  readonly tokensBurstMs: number;
  /** What a limit on requests is for where the response does not say. */
  readonly requestsWindowMs: number;
}

const otherwise: ProviderRules = {
  charges: "use",
  refills: "at-once",
  requestsBurstMs: 5_000,
  tokensBurstMs: 5_000,
  requestsWindowMs: 60_000,
};
const evenly: ProviderRules = { ...otherwise, refills: "evenly" };
const openai: ProviderRules = { ...evenly, charges: "most" };
// Its limit on requests is enforced in windows of 1 to 10 seconds, its limit on tokens by the most that calls may use.
const azure: ProviderRules = { ...otherwise, charges: "most", requestsBurstMs: 0 };
// Its headers tell of the requests of a day.
const groq: ProviderRules = { ...evenly, requestsWindowMs: 86_400_000 };

const byHost: readonly (readonly [ending: string, ProviderRules])[] = [
  ["api.openai.com", openai],
  [".openai.azure.com", azure],
  [".cognitiveservices.azure.com", azure],
  [".services.ai.azure.com", azure],
  ["api.anthropic.com", evenly],
  ["api.groq.com", groq],
];

/** What is known of how the provider at `origin` counts; `given` goes before it. */
export function providerRules(origin: string, given: Partial<ProviderRules> = {}): ProviderRules {
  const host = origin.replace(/^https?:\/\//, "").replace(/:\d+$/, "");
  const known = byHost.find(([ending]) =>
    ending.startsWith(".") ? host.endsWith(ending) : host === ending,
  );
  return { ...(known?.[1] ?? otherwise), ...given };
}
