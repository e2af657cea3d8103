-- Refuses the claims' counts for so long from now, instead of any block there is.
--
-- KEYS: the counts of the claims.
-- ARGV: now or '', a birth, '0'; milliseconds; of each claim 6, see include/counts.lua.
-- Reply: 1, time, 0, then two zeros of each claim.

--- @include time
--- @include put
--- @include lists
--- @include counts

local texts = call('MGET', unpack(KEYS))
local counts = {}
for index = 1, #KEYS do counts[index] = openCount(KEYS[index], texts[index], index * 6 - 1, 0) end
local answer = { 1, now, 0 }
for index = 1, #counts do
  local count = counts[index]
  if endsAt(count) <= now then setFresh(count) end
  count.blocked = now + tonumber(ARGV[4])
  saveCount(count)
  answer[index * 2 + 2], answer[index * 2 + 3] = 0, 0
end
return answer
