export {
  compareWithOracle,
  type ComparisonOptions,
  type ComparisonTally,
  type MakeStore,
  type Mismatch,
  playEpisode,
} from "./differential.ts";
export { type Charged, keepsPromise, sumCharged } from "./history.ts";
export { limitOf, type LimitSpec } from "./limit-spec.ts";
export { manualClock, type ManualClock } from "./manual-clock.ts";
export { oracleStore } from "./oracle.ts";
export { seededRandom, type Random } from "./random.ts";
export { type ContractRunner, storeContract } from "./store-contract.ts";
export { drawEpisode, type Episode, type Operation } from "./workload.ts";
