import type { Hit } from "@sluice/core/http";
import type { Request, Response } from "express";

import type { Settings } from "./config.ts";

/** How a response ended: sent whole, cut off before that, or failed. */
type Ending = "finish" | "close" | "error";

/** Waits for the response to end; to be called before anything else is waited for. */
export async function endingOf(
  response: Response,
  { skipFailedRequests }: Settings,
): Promise<Ending> {
  return new Promise((resolve) => {
    response.once("finish", () => resolve("finish"));
    response.once("close", () => resolve("close"));
    // Whoever hears of an error is taken to have dealt with it.
    if (skipFailedRequests) response.once("error", () => resolve("error"));
  });
}

/**
 * Gives a hit back that is not to count once its response has ended, as `requestWasSuccessful` judges it. One that was cut
 * off is judged too: a client that leaves a stream has had what was sent. Nor does leaving make a request a success.
 */
export async function settleAfterwards(
  ended: Promise<Ending>,
  hit: Hit,
  request: Request,
  response: Response,
  settings: Settings,
): Promise<void> {
  const { skipFailedRequests, skipSuccessfulRequests, logger } = settings;
  const ending = await ended;
  let isWaived = skipFailedRequests;
  if (ending !== "error") {
    try {
      const succeeded = await settings.requestWasSuccessful(request, response);
      isWaived = succeeded ? skipSuccessfulRequests && ending === "finish" : skipFailedRequests;
    } catch (error) {
      isWaived = false;
      logger.error(error, "rateLimit: requestWasSuccessful has thrown");
    }
  }
  try {
    await (isWaived ? hit.giveBack() : hit.keep());
  } catch (error) {
    logger.error(error, "rateLimit: the store could not give a request back");
  }
}
