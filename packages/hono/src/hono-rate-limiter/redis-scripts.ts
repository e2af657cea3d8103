/**
 * Counts one more. KEYS: the client's key. ARGV: "1" to begin the window anew, the window in milliseconds.
 * Replies hits, and milliseconds until the window ends. A key without an end, which nobody here makes, gets one.
 */
export const incrementScript: string = `
local left = redis.call("PTTL", KEYS[1])
if left <= 0 then
  redis.call("SET", KEYS[1], 1, "PX", ARGV[2])
  return {1, tonumber(ARGV[2])}
end
local hits = redis.call("INCR", KEYS[1])
if ARGV[1] == "1" then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return {hits, left}`.trim();

/** Tells of a client. KEYS: its key. Replies hits, and milliseconds until the window ends; 0 and 0 without one. */
export const getScript: string = `
local hits = redis.call("GET", KEYS[1])
if not hits then return {0, 0} end
return {tonumber(hits), redis.call("PTTL", KEYS[1])}`.trim();

/** Counts one less, while there is a window and something in it. KEYS: the client's key. Replies the hits that are left. */
export const decrementScript: string = `
local hits = tonumber(redis.call("GET", KEYS[1]) or 0)
if hits <= 0 then return 0 end
return redis.call("DECR", KEYS[1])`.trim();
