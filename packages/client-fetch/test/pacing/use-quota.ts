import { createLanes } from "../../src/queue/lanes.ts";
import { virtualTime, type VirtualTime } from "../virtual-time.ts";
import { callThrough, type Driven, mixed, workers } from "./drive.ts";
import {
  anthropic,
  azure,
  gemini,
  groq,
  headerless,
  openai,
  type SimulatedCall,
  type SimulatedProvider,
  type Tally,
} from "./simulated-provider.ts";

/** A provider whose quota is to be used, and how. */
export interface ProviderCase {
  readonly name: string;
  readonly make: (time: VirtualTime) => SimulatedProvider;
  readonly input: number;
  readonly output: number;
  readonly minutes: number;
  /** Of the quota that binds: what the provider counted against what a minute allows. */
  readonly quota: readonly [keyof Tally, number];
}

export const providerCases: readonly ProviderCase[] = [
  {
    name: "OpenAI, by requests",
    make: (time) => openai(time, 500, 2_000_000),
    input: 300,
    output: 200,
    minutes: 15,
    quota: ["requests", 500],
  },
  {
    name: "OpenAI, by tokens",
    make: (time) => openai(time, 5_000, 200_000),
    input: 700,
    output: 300,
    minutes: 15,
    quota: ["tokens", 200_000],
  },
  {
    name: "Anthropic, by requests",
    make: (time) => anthropic(time, 300, 1_000_000, 400_000),
    input: 500,
    output: 200,
    minutes: 15,
    quota: ["requests", 300],
  },
  {
    name: "Anthropic, by input",
    make: (time) => anthropic(time, 2_000, 200_000, 400_000),
    input: 1_500,
    output: 200,
    minutes: 15,
    quota: ["inputTokens", 200_000],
  },
  {
    name: "Anthropic, by output",
    make: (time) => anthropic(time, 2_000, 2_000_000, 80_000),
    input: 300,
    output: 400,
    minutes: 15,
    quota: ["outputTokens", 80_000],
  },
  {
    name: "Groq, by tokens",
    make: (time) => groq(time, 1_000, 500_000, 60_000),
    input: 400,
    output: 300,
    minutes: 15,
    quota: ["tokens", 60_000],
  },
  {
    name: "Groq, by requests of a minute, of which it says nothing",
    make: (time) => groq(time, 120, 14_400, 600_000),
    input: 300,
    output: 200,
    minutes: 30,
    quota: ["requests", 120],
  },
  {
    name: "Azure, by requests",
    make: (time) => azure(time, 600, 5_000_000),
    input: 300,
    output: 200,
    minutes: 15,
    quota: ["requests", 600],
  },
  {
    name: "Azure, by requests, with -1 in its headers",
    make: (time) => azure(time, 600, 5_000_000, false),
    input: 300,
    output: 200,
    minutes: 30,
    quota: ["requests", 600],
  },
  {
    name: "Azure, by tokens",
    make: (time) => azure(time, 3_000, 300_000),
    input: 700,
    output: 300,
    minutes: 15,
    quota: ["tokens", 300_000],
  },
  {
    name: "Gemini, by requests",
    make: (time) => gemini(time, 300, 4_000_000),
    input: 300,
    output: 200,
    minutes: 30,
    quota: ["requests", 300],
  },
  {
    name: "one without headers",
    make: (time) => headerless(time, 300),
    input: 300,
    output: 200,
    minutes: 30,
    quota: ["requests", 300],
  },
];

/** What a queue that was never empty came to. */
export interface QuotaUse {
  /** Of what the minutes behind the first allow. */
  readonly used: number;
  /** Of all calls. */
  readonly refused: number;
  readonly calls: number;
  /** Calls and timers that are left over. */
  readonly left: number;
}

/** Two hundred workers that send as much as they may, all that is left to chance by `seed`. */
export async function useQuota(
  { make, input, output, minutes, quota }: ProviderCase,
  seed: number,
): Promise<QuotaUse> {
  const time = virtualTime(seed);
  const provider = make(time);
  const lanes = createLanes({ timing: time });
  const lane = lanes.lane({ origin: provider.origin, key: "k", model: "m" });
  // Guesses are off by half, either way.
  const guess = (tokens: number): number => Math.ceil(tokens * (0.5 + time.random()));
  const { seen } = provider;
  const [unit, perMinute] = quota;
  const begun = { ...seen };
  let used = 0;
  void time.sleep(60_000).then(() => Object.assign(begun, seen));
  const go = (call: SimulatedCall): Promise<Driven> =>
    callThrough(time, lane, provider, call, { guess });
  await workers(time, 200, minutes * 60_000, mixed(time, input, output), go, () => {
    used = (Number(seen[unit]) - Number(begun[unit])) / (perMinute * (minutes - 1));
  });
  const { queued, inFlight } = lane.state();
  const left = queued + inFlight + time.pending();
  return { used, refused: seen.refused / seen.calls, calls: seen.calls, left };
}
