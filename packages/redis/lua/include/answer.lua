-- The answer to a request: verdict, time, leases found expired, then of each count what is charged, how long to wait (-1: for ever), until the
-- oldest charge leaves, and until a block ends. Where it is allowed all but the verdict, the time, what is charged and when it leaves is left out.
local refused, allowed, blockedVerdict, replayed = 0, 1, 2, 3
local again, conflict, unsafe = -1, -2, -3

local function hasRoom(count)
  if count.kind ~= 1 then return count.cost <= count.capacity - usedOf(count) end
  return count.cost <= count.capacity and count.level <= (count.capacity - count.cost) * count.second
end

local function verdictOn(counts)
  local verdict = allowed
  for index = 1, #counts do
    local count = counts[index]
    if count.blocked > now then return blockedVerdict end
    if not hasRoom(count) then verdict = refused end
  end
  return verdict
end

-- Reads off both lists, soonest first, when enough has left.
local function enoughAt(count)
  local kept, held = count.kept, count.held
  local surplus = usedOf(count) - (count.capacity - count.cost)
  local keptFrom, heldFrom = 1, 1
  local at = now
  while surplus > 0 do
    local keptAt, heldAt, units, heldUnits = huge, huge, 0, 0
    if keptFrom <= #kept.text then
      keptAt, units = entryAt(count, kept, keptFrom)
      keptAt = keptAt + count.window
    end
    if heldFrom <= #held.text then heldAt, heldUnits = entryAt(count, held, heldFrom) end
    if keptAt <= heldAt then
      at, keptFrom = keptAt, keptFrom + sizes[kept.form]
    else
      at, heldFrom, units = heldAt, heldFrom + sizes[held.form], heldUnits
    end
    surplus = surplus - units
  end
  return at
end

local function waitFor(count)
  if count.cost > count.capacity then return -1 end
  local blockedFor = max(0, count.blocked - now)
  if hasRoom(count) then return blockedFor end
  if count.kind == 1 then
    local over = count.level - (count.capacity - count.cost) * count.second
    return max(blockedFor, ceil(over / count.first))
  end
  return max(blockedFor, enoughAt(count) - now)
end

local function freesAfter(count)
  if count.kind == 1 then
    local used = usedOf(count)
    return used == 0 and 0 or ceil((count.level - (used - 1) * count.second) / count.first)
  end
  local soonest = min(firstOf(count, count.kept) + count.window, firstOf(count, count.held))
  return soonest == huge and 0 or soonest - now
end

-- Adds to an answer of each count its four numbers; where the verdict is allowed, the first and the third: the others are 0.
local function tell(answer, counts, verdict)
  local at = #answer
  for index = 1, #counts do
    local count = counts[index]
    answer[at + 1] = exactly(usedOf(count))
    if verdict == allowed then
      answer[at + 2] = exactly(freesAfter(count))
      at = at + 2
    else
      answer[at + 2] = verdict == replayed and 0 or exactly(waitFor(count))
      answer[at + 3] = exactly(freesAfter(count))
      answer[at + 4] = max(0, count.blocked - now)
      at = at + 4
    end
  end
  return answer
end

local function answerTo(counts, verdict, expired)
  return tell({ verdict, now, verdict ~= allowed and expired or nil }, counts, verdict)
end
