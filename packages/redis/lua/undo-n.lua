-- Takes a lease back as if it had never been: all that it is charged, and its id.
--
-- KEYS: the lease, then the counts of its claims.
-- ARGV: now or '', a birth, whether looks are written; milliseconds to remember; of each claim 7, see include/counts.lua.
-- Reply: 1, time; or 0, time: it has ended or is forgotten.

--- @include time
--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include leases

local texts = call('MGET', unpack(KEYS))
local lease = openLease(texts[1])
if not lease then return { 0, now } end
local counts = lookAll(texts, 2, 5, 7, false)
local hasExpired, isRemembered = age(lease, tonumber(ARGV[4]))
if not isRemembered or lease.state == settled or lease.names ~= table.concat(KEYS, ' ', 2) then return { 0, now } end

local parts = partsOf(lease)
if hasExpired then expireParts(parts) end
for index = 1, #counts do
  local count, part = counts[index], parts[index]
  local isLatest = count.kind == 1 and part.birth == count.birth and part.slot == count.gross
  recharge(count, part, 0, nil)
  -- Else what a bucket was charged since would bound what leases from before this one are given back.
  if isLatest then count.gross = count.gross - part.cost end
end
call('DEL', KEYS[1])
saveAll(counts)
return { 1, now }
