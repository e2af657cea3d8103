-- Writes a process's pulse, unless the server has lost what that process knows it had.
--
-- KEYS: one, the pulse of the process.
-- ARGV: the number that it had at least, the next one, milliseconds to live.
-- Reply: the number that it had, 0 where there was none. Below the first argument, nothing was written.

local had = tonumber(redis.call('GET', KEYS[1]) or '0')
if had >= tonumber(ARGV[1]) then
  -- Never lowered: two that were sent together may come the other way round.
  redis.call('SET', KEYS[1], math.max(had, tonumber(ARGV[2])), 'PX', ARGV[3])
end
return had
