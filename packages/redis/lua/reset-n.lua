-- Forgets all that is charged to the claims' counts, and their blocks.
--
-- KEYS: the counts of the claims.
-- ARGV: now or '', a birth, '0'; of each claim 6, see include/counts.lua.
-- Reply: 1, time, 0, then two zeros of each claim.

--- @include time
--- @include put
--- @include lists
--- @include counts

local texts = call('MGET', unpack(KEYS))
local answer = { 1, now, 0 }
for index = 1, #KEYS do
  openCount(KEYS[index], texts[index], index * 6 - 2, 0)
  answer[index * 2 + 2], answer[index * 2 + 3] = 0, 0
end
call('UNLINK', unpack(KEYS))
answer[2] = now
return answer
