-- Decides on one request, and puts what it charges under a lease.
--
-- KEYS: the lease, then the counts of its claims.
-- ARGV: now or '', a birth, whether looks are written; milliseconds to remember, milliseconds that the lease lives, whether its id may come again,
--   milliseconds until its key may expire; of each claim 7, see include/counts.lua.
-- Reply: verdict (0 refused, 1 allowed, 2 blocked, 3 allowed before), time, and the rest of the answer, see
--   include/answer.lua; or -1, time: to be asked again with the ends of the periods around that time; or -2, time: the id was something else.

--- @include time

local texts = call('MGET', unpack(KEYS))
if not texts[1] then
  local first, terms, stride, hasLooks, lease, isPeek, isForced = 2, 8, 7, args[3] == '1', true, false, false
  local deadline = now + args[5]
--- @include swift-claims
  if answer then
    if not isRefused then
      local names = table.concat(KEYS, ' ', 2)
      local text = pack('<BBddddI4', 0, args[6] + 0, now, deadline, huge, args[5] + 0, #names) .. names .. table.concat(parts)
      -- A number would be made text for it.
      call('SET', KEYS[1], text, 'PX', isInjected and '7200000' or args[7])
    end
    return answer
  end
end

--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include answer
--- @include leases

local remember, lives = tonumber(ARGV[4]), tonumber(ARGV[5])
local lease = openLease(texts[1])
local counts = lookAll(texts, 2, 8, 7, true)
if not counts then return { again, now } end
local names = table.concat(KEYS, ' ', 2)

if lease then
  local hasExpired, isRemembered = age(lease, remember)
  if isRemembered then
    local parts = partsOf(lease)
    local isSame = lease.names == names
    for index = 1, #counts do
      isSame = isSame and parts[index].cost == counts[index].cost
    end
    if not isSame then return { conflict, now } end
    if hasExpired then
      expireParts(parts)
      saveLease(KEYS[1], lease, parts, remember)
    end
    saveAll(counts)
    return answerTo(counts, replayed, hasExpired and 1 or 0)
  end
end

local verdict = verdictOn(counts)
if verdict == allowed then
  local deadline = now + lives
  local parts = {}
  for index = 1, #counts do parts[index] = openPart(counts[index], deadline) end
  saveLease(KEYS[1], {
    state = live, isRepeatable = ARGV[6] == '1', deadline = deadline, forgetAt = huge, lives = lives, names = names,
  }, parts, remember)
end
saveAll(counts)
return answerTo(counts, verdict, 0)
