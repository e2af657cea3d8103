export {
  checkHistory,
  type CheckHistoryOptions,
  type HistoryVerdict,
  type HistoryViolation,
  type InvariantVerdict,
} from "./check-history.ts";
export {
  compareWithOracle,
  type ComparisonOptions,
  type ComparisonTally,
  type MakeStore,
  type Mismatch,
  playEpisode,
} from "./differential.ts";
export { type Charged, keepsPromise, sumCharged } from "./history.ts";
export type {
  AdjustmentRecord,
  ExpiryRecord,
  ExtensionRecord,
  FaultRecord,
  FoundExpiredRecord,
  GrantRecord,
  HistoryRecord,
  LostRecord,
  RefusalRecord,
  ResetRecord,
  SettleRecord,
} from "./history-record.ts";
export type { Recovery } from "./history-recovery.ts";
export type { LeaseTally } from "./history-tally.ts";
export type { Overage } from "./history-windows.ts";
export { limitOf, type LimitSpec } from "./limit-spec.ts";
export { manualClock, type ManualClock } from "./manual-clock.ts";
export { oracleStore } from "./oracle.ts";
export { recordHistory, type RecordedStore, type RecordHistoryOptions } from "./record-history.ts";
export { seededRandom, type Random } from "./random.ts";
export { type ContractRunner, storeContract } from "./store-contract.ts";
export { drawEpisode, type Episode, type Operation } from "./workload.ts";
