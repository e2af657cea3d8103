import { type Limit, slidingWindow } from "@sluice/core";

/** How many checks of a raced key are admitted. */
export const racedLimit = 7_777;

/** The limit that workers race for. */
export const raced: readonly Limit[] = [
  slidingWindow({ name: "raced", limit: racedLimit, window: "1h", per: ["user"] }),
];
