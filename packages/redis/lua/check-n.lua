-- Decides on one request without a lease, and charges it.
--
-- KEYS: the counts of its claims.
-- ARGV: now or '', a birth, whether looks are written; of each claim 6, see include/counts.lua.
-- Reply: verdict (0 refused, 1 allowed, 2 blocked), time, and the rest of the answer, see include/answer.lua; or 4 (refused), time, and the first three
--   numbers of one claim that is not blocked; or -1, time: to be asked again with the ends of the periods around that time.

--- @include time

local key, texts = KEYS[1]
if not KEYS[2] then
  local value = call('GET', key)
  local text, at = value, 4
  local window, slot
--- @include slot
  if window then
    local cost, capacity = args[9] + 0, args[5] + 0
--- @include swift
    if verdict == 0 then return { 4, now, used, wait, frees } end
    if verdict then
      text = next
--- @include write
      return { 1, now, used + cost, frees }
    end
  end
  texts = { value }
else
  texts = call('MGET', unpack(KEYS))
end
local first, terms, stride, hasLooks, lease, deadline, isPeek, isForced = 1, 4, 6, args[3] == '1', false, 0, false, false
do
--- @include swift-claims
  if answer then return answer end
end

--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include answer

local counts = lookAll(texts, 1, 4, 6, true)
if not counts then return { again, now } end
local verdict = verdictOn(counts)
if verdict == allowed then
  for index = 1, #counts do spend(counts[index], counts[index].cost) end
end
saveAll(counts)
return answerTo(counts, verdict, 0)
