-- Adds to what a lease has used, or ends it.
--
-- KEYS: the lease, then the counts of its claims.
-- ARGV: now or '', a birth, whether looks are written; milliseconds to remember; 0 to extend, 1 to settle; what a claim is charged that was not reported:
--   0 its estimate, 1 nothing, 2 what it would be at the deadline; of each claim 7, see include/counts.lua, and the amount, -1 for none.
-- Reply: 1, time, leases found expired, then of each claim what the lease is charged, and by how much the count is above its capacity;
--   or 0, time, leases found expired: the lease has ended or is forgotten; or -1, time: to be asked again with the ends of the periods around that
--   time; or -3, time: a count would not be a safe integer.

--- @include time
local remember, isSettling, unreported, hasLooks = args[4] + 0, args[5] == '1', args[6], args[3] == '1'
local texts = call('MGET', unpack(KEYS))
if not texts[1] then return { 0, now, 0 } end
do
--- @include swift-charge
  if answer then return answer end
end

--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include charge
--- @include leases

local lease = openLease(texts[1])
local counts = lookAll(texts, 2, 7, 8, true)
if not counts then return { again, now } end
local hasExpired, isRemembered = age(lease, remember)
local expired = hasExpired and 1 or 0
local parts = partsOf(lease)
if not isRemembered or lease.state == settled or lease.names ~= table.concat(KEYS, ' ', 2) then
  return { 0, now, expired }
end
if hasExpired then expireParts(parts) end

local isLive = lease.state == live
local deadline = now + lease.lives
local charges = {}
for index = 1, #counts do
  local count, part = counts[index], parts[index]
  local amount = tonumber(ARGV[index * 8 + 6])
  local charge
  if not isSettling then
    if amount >= 0 then part.used = max(0, part.used) + amount end
    -- What has expired is no longer in flight.
    charge = not isLive and count.kind == 3 and 0 or max(part.charged, part.used)
    recharge(count, part, charge, isLive and deadline or nil)
  else
    if count.kind == 3 then
      charge = 0
    elseif unreported == '2' then
      charge = chargeOnExpiry(count, part)
    elseif amount >= 0 then
      charge = amount
    elseif part.used >= 0 then
      charge = part.used
    else
      charge = unreported == '0' and part.cost or 0
    end
    recharge(count, part, charge, nil)
  end
  charges[index] = charge
end

if not isSafe(counts, charges) then
  saveAll(lookAll(texts, 2, 7, 8, false))
  return { unsafe, now }
end

local isUndone = unreported == '1'
for index = 1, #charges do isUndone = isUndone and charges[index] == 0 end
if isSettling and (isUndone or not lease.isRepeatable) then
  call('DEL', KEYS[1])
else
  if isSettling then lease.state = settled end
  if isLive and not isSettling then lease.deadline = deadline else lease.forgetAt = now + remember end
  saveLease(KEYS[1], lease, parts, remember)
end
saveAll(counts)
return told(counts, charges, expired)
