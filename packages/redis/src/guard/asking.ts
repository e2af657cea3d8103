import type { ChargeOutcome, Outcome } from "@sluice/core";

import type { Answer } from "../batch.ts";
import type { Breaker } from "./breaker.ts";
import { createDeadlines } from "./deadlines.ts";
import { isCallersError, isIsolated } from "./failure.ts";

type Answerable = Outcome | ChargeOutcome | readonly Answer[];

/** Asks a store, or answers in its place. */
export interface Asking {
  /**
   * Asks the store, or answers by `instead`, which is told whether the store may have heard of it. `onLate` is given an answer
   * that nobody waited for, with what was answered instead.
   */
  ask<T extends Answerable>(
    question: () => Promise<T>,
    instead: (wasSent: boolean) => T,
    onLate?: (answer: T, given: T) => void,
  ): Promise<T>;
  /** The same for what is to be sent later when it cannot be asked now: `instead` also answers how to take that back when a late answer comes. */
  askOrPost(
    question: () => Promise<ChargeOutcome>,
    instead: (wasSent: boolean) => readonly [ChargeOutcome, takeBack: () => void],
  ): Promise<ChargeOutcome>;
}

/** What asking is done with. */
export interface AskingContext {
  readonly deadlineMs: number;
  readonly breaker: Breaker;
  /** The store failed at what it was asked. */
  readonly onError: (error: unknown) => void;
  /** It answered, in time or late. */
  readonly onAnswer: () => void;
}

/** Asks for no longer than the deadline, and not at all while the breaker is open. What the caller got wrong is rejected. */
export function createAsking(context: AskingContext): Asking {
  const { deadlineMs, breaker, onError, onAnswer } = context;
  const deadlines = createDeadlines(deadlineMs);

  async function ask<T extends Answerable>(
    question: () => Promise<T>,
    instead: (wasSent: boolean) => T,
    onLate?: (answer: T, given: T) => void,
  ): Promise<T> {
    if (breaker.isOpen) {
      breaker.pass();
      return instead(false);
    }
    return new Promise((resolve, reject) => {
      let given: T | undefined;
      const giveUp = (): void => {
        try {
          resolve((given = instead(true)));
        } catch (error) {
          reject(error);
        }
      };
      const wait = deadlines.start(() => {
        breaker.fail(new Error(`the store did not answer within ${deadlineMs} ms`));
        giveUp();
      });
      question().then(
        (answer) => {
          if (wait.end()) resolve(answer);
          else if (given !== undefined) onLate?.(answer, given);
          onAnswer();
        },
        (error: unknown) => {
          const isWaited = wait.end();
          if (isCallersError(error)) return reject(error);
          onError(error);
          if (!isIsolated(error)) breaker.fail(error);
          if (isWaited) giveUp();
        },
      );
    });
  }

  return {
    ask,
    async askOrPost(question, instead) {
      let takeBack: (() => void) | undefined;
      const post = (wasSent: boolean): ChargeOutcome => {
        const [outcome, undo] = instead(wasSent);
        takeBack = undo;
        return outcome;
      };
      return ask(question, post, () => takeBack?.());
    },
  };
}
