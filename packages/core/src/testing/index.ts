export {
  compareWithOracle,
  type ComparisonOptions,
  type ComparisonTally,
  type MakeStore,
} from "./differential.ts";
export { manualClock, type ManualClock } from "./manual-clock.ts";
export { oracleStore } from "./oracle.ts";
export { seededRandom, type Random } from "./random.ts";
export { type ContractRunner, storeContract } from "./store-contract.ts";
export { drawLimits, drawOperation, type Operation } from "./workload.ts";
