-- Remembers that a lease has ended of which nothing was left in this slot, but in others: its id is not free again.
--
-- KEYS: the lease, then the counts of its claims.
-- ARGV: now or '', a birth, '0'; milliseconds to remember; of each claim 7, see include/counts.lua.
-- Reply: 1, time; or 0, time: the id has come again.

--- @include time
--- @include put
--- @include lists
--- @include counts
--- @include leases

local lease = openLease(call('GET', KEYS[1]))
local remember = tonumber(ARGV[4])
if lease then
  local _, isRemembered = age(lease, remember)
  if isRemembered then return { 0, now } end
end
local parts = {}
for index = 1, #KEYS - 1 do
  parts[index] = {
    birth = 0, lapses = 0, cost = ARGV[index * 7 + 3] + 0, used = -1, slot = 0,
    charged = 0, kept = 0, held = 0, heldUntil = 0,
  }
end
saveLease(KEYS[1], {
  state = settled, isRepeatable = true, deadline = now, forgetAt = now + remember, lives = 0, names = table.concat(KEYS, ' ', 2),
}, parts, remember)
return { 1, now }
