-- The answer to a charge: 1 where it was applied, time, leases found expired, then of each count what was charged and by how much it is above its capacity.
local again, unsafe = -1, -3

local function isSafe(counts, charges)
  for index = 1, #counts do
    local count = counts[index]
    local total = count.kind == 1 and count.level or usedOf(count)
    if charges[index] > mostSafe or total > mostSafe then return false end
  end
  return true
end

local function told(counts, charges, expired)
  local answer = { 1, now, expired }
  for index = 1, #counts do
    local count = counts[index]
    answer[#answer + 1] = exactly(charges[index])
    answer[#answer + 1] = exactly(max(0, usedOf(count) - count.capacity))
  end
  return answer
end
