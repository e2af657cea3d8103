-- Tells what would be decided on one request without a lease, and charges nothing.
--
-- KEYS: the counts of its claims.
-- ARGV: now or '', a birth, whether looks are written; of each claim 6, see include/counts.lua.
-- Reply: verdict (0 refused, 1 allowed, 2 blocked), time, and the rest of the answer, see include/answer.lua.

--- @include time
local texts = call('MGET', unpack(KEYS))
local first, terms, stride, hasLooks, lease, deadline, isPeek, isForced = 1, 4, 6, args[3] == '1', false, 0, true, false
if not hasLooks then
--- @include swift-claims
  if answer then return answer end
end

--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include answer

local counts = lookAll(texts, 1, 4, 6, false)
local verdict = verdictOn(counts)
saveAll(counts)
return answerTo(counts, verdict, 0)
