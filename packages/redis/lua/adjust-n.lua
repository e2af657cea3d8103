-- Charges claims whatever is charged already, or gives back.
--
-- KEYS: the counts of the claims; to give back, one more, that is there once it is done: clients send again what a cut connection left unanswered.
-- ARGV: now or '', a birth, whether looks are written; 1 to give back; of each claim 6, see include/counts.lua.
-- Reply: 1, time, 0, then of each claim what was charged or given back, and by how much the count is above its capacity; or -1, time: to be asked
--   again with the ends of the periods around that time; or -3, time: a count would not be a safe integer.

--- @include time
local isRefund = args[4] == '1'
local texts = call('MGET', unpack(KEYS))
local once, isDone
if isRefund then
  once, isDone = KEYS[#KEYS], texts[#KEYS]
  KEYS[#KEYS] = nil
else
  local first, terms, stride, hasLooks, lease, deadline, isPeek, isForced = 1, 5, 6, args[3] == '1', false, 0, false, true
--- @include swift-claims
  if answer then
    local charged = { 1, now, 0 }
    for index = 1, #KEYS do
      local at, over = index * 6 - 1, answer[index * 2 + 1] - args[index * 6]
      charged[index * 2 + 2], charged[index * 2 + 3] = args[at] == '3' and 0 or args[at + 5] + 0, over > 0 and over or 0
    end
    return charged
  end
end

--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include charge

local counts = lookAll(texts, 1, 5, 6, not isRefund)
if not counts then return { again, now } end
local charges = {}
for index = 1, #counts do
  local count = counts[index]
  local cost = count.cost
  if isDone or count.kind == 3 then
    charges[index] = 0
  elseif not isRefund then
    spend(count, cost)
    charges[index] = cost
  elseif count.kind == 1 then
    local taken = min(count.level, cost * count.second)
    count.level = count.level - taken
    count.isChanged = taken > 0
    charges[index] = floor(taken / count.second)
  else
    charges[index] = takeLatest(count, count.kept, cost)
  end
end
if not isSafe(counts, charges) then
  saveAll(lookAll(texts, 1, 5, 6, false))
  return { unsafe, now }
end
saveAll(counts)
-- Longer than a client goes on sending it.
if once and not isDone then call('SET', once, '', 'PX', 60000) end
return told(counts, charges, 0)
