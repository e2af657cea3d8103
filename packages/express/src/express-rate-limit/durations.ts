/** A second, in milliseconds. */
export const SECOND: number = 1000;
/** A minute, in milliseconds. */
export const MINUTE: number = 60 * SECOND;
/** An hour, in milliseconds. */
export const HOUR: number = 60 * MINUTE;
/** A day, in milliseconds. */
export const DAY: number = 24 * HOUR;
