-- A count, under the terms that a claim has: arguments from `at` on are its kind, capacity, and three numbers; then the cost and, of a lease, the rule for expiry.
-- Kind 0 is a sliding window: its length and precision. 1 is a token bucket: its refill, and in how many milliseconds. 2 is a fixed window: an instant
-- and when its period ends, and when the one after it does. 3 is concurrency.
--
-- A key of a window holds: the forms of what is kept and of what leases hold, 0 where nothing is, or neither held nor blocked; its grid (see include/time.lua);
-- its birth; the latest time it was written at; units kept; when they will all have left; the base of instants; then, if anything is held or blocked,
-- until when it is blocked, units held, and the length of that list; what is held; what is kept. That of a bucket: its grid; its birth; when its level was so,
-- the level, the refill and milliseconds that it is in, all units ever charged, when it will be empty, until when it is blocked.
local windowForm, heldForm, bucketForm = '<BBBI6dddd', '<ddI4', '<BI6ddddddd'
local windowBytes, heldBytes = 41, 20
local mostSafe = 9007199254740991

-- A token bucket is from now on what its level is under these terms.
local function setLevel(count, level)
  count.level, count.seen, count.refill, count.every = level, now, count.first, count.second
end

local function setFresh(count)
  count.birth, count.before = ARGV[2] + 0, -huge
  count.keptUntil, count.blocked = -huge, -huge
  local kind, length = count.kind, count.first
  if kind == 1 then
    setLevel(count, 0)
    count.gross = 0
    length = count.capacity * count.second / length
  else
    count.kept = { form = 1, text = '', sum = 0 }
    count.held = nothing
  end
  -- About a sixteenth of the window.
  local _, exponent = math.frexp(kind > 1 and 0 or length)
  count.grid = max(0, min(15, exponent - 5))
end

-- Puts a count under the terms whose arguments begin at `at`, and a cost.
local function useTerms(count, at, cost)
  local args = ARGV
  local first = args[at + 2] + 0
  count.cost, count.capacity = cost, args[at + 1] + 0
  count.first, count.second, count.third = first, args[at + 3] + 0, args[at + 4] + 0
  count.window = count.kind == 0 and first or 0
end

-- When the count is forgotten: nothing is charged nor blocked then.
local function endsAt(count)
  local ends = count.blocked
  if count.kind == 1 then
    return count.level > 0 and max(ends, count.keptUntil) or ends
  end
  if count.kept.text ~= '' and count.keptUntil > ends then ends = count.keptUntil end
  if count.held.text == '' then return ends end
  return max(ends, lastOf(count, count.held))
end

-- Reads a count as it was left. Sets the time forward to the latest it has seen.
local function openCount(key, text, at, cost)
  local args = ARGV
  local kind, first = args[at] + 0, args[at + 2] + 0
  -- All fields at once: a table that grows is made several times.
  local count = {
    key = key, text = text, kind = kind, cost = cost, capacity = args[at + 1] + 0,
    first = first, second = args[at + 3] + 0, third = args[at + 4] + 0, rule = args[at + 6],
    window = kind == 0 and first or 0, isChanged = false, hasTurned = false, before = -huge,
    birth = 0, grid = 0, keptUntil = 0, blocked = 0, seen = 0, base = 0, kept = nothing, held = nothing,
  }
  if not text then
    setFresh(count)
    return count
  end
  if kind == 1 then
    count.grid, count.birth, count.seen, count.level, count.refill, count.every, count.gross, count.keptUntil, count.blocked =
      read(bucketForm, text)
  else
    local keptForm, form, grid, birth, seen, sum, keptUntil, base = read(windowForm, text)
    count.grid, count.birth, count.seen, count.keptUntil, count.base = grid, birth, seen, keptUntil, base
    local from = windowBytes + 1
    if form == 0 then
      count.blocked = -huge
    else
      local blocked, heldSum, length = read(heldForm, text, from)
      from = from + heldBytes
      count.blocked = blocked
      count.held = { form = form, text = sub(text, from, from + length - 1), sum = heldSum }
      from = from + length
    end
    count.kept = { form = max(1, keptForm), text = sub(text, from), sum = sum }
  end
  count.before = endsAt(count)
  if count.seen > now then now = count.seen end
  return count
end

local function drain(count)
  local refill, every = count.first, count.second
  local level = count.level
  if count.every ~= every then
    level = min(floor(mostSafe / every), ceil(level / count.every)) * every
  end
  level = max(0, level - refill * (now - count.seen))
  local isOther = count.every ~= every or count.refill ~= refill or now > count.seen
  count.hasTurned = count.hasTurned or (isOther and count.level > 0)
  setLevel(count, level)
end

-- Brings a count to now. One at which nothing is charged is a new one, as if it had been forgotten.
local function look(count)
  if endsAt(count) <= now then return setFresh(count) end
  if count.kind == 1 then
    drain(count)
  else
    if count.kept.text ~= '' then
      count.hasTurned = dropUntil(count, count.kept, now - count.window) or count.hasTurned
    end
    if count.held.text ~= '' then dropUntil(count, count.held, now) end
  end
  if endsAt(count) <= now then
    setFresh(count)
    count.hasTurned = true
  end
end

-- Writes a count, or forgets it.
local function saveCount(count)
  local ends = endsAt(count)
  if ends <= now then
    if count.text then call('DEL', count.key) end
    return
  end
  local text
  if count.kind == 1 then
    text = pack(bucketForm, count.grid, count.birth, count.seen, count.level, count.refill, count.every, count.gross, count.keptUntil, count.blocked)
  else
    local kept, held = count.kept, count.held
    local isPlain = held.text == '' and count.blocked <= now
    local form = kept.text == '' and 0 or kept.form
    text = pack(windowForm, form, isPlain and 0 or held.form, count.grid, count.birth, now, kept.sum, count.keptUntil, count.base)
    if isPlain then
      text = text .. kept.text
    else
      text = text .. pack(heldForm, count.blocked, held.sum, #held.text) .. held.text .. kept.text
    end
  end
  put(count.key, text, ends, count.before, count.grid)
end

-- All that is charged, in whole units, rounded up.
local function usedOf(count)
  if count.kind == 1 then return ceil(count.level / count.second) end
  return count.kept.sum + count.held.sum
end

-- Whether the end of a fixed window's period is known; the instant that a charge made now counts as made.
local function slotOf(count)
  if count.kind == 0 then return now - now % count.second + count.second - 1 end
  if count.kind == 3 then return huge end
  if now < count.first or now >= count.third then return nil end
  return now < count.second and count.second or count.third
end

-- Changes what is kept in a slot.
local function keep(count, slot, units)
  if units < 0 then return takeFrom(count, count.kept, slot, -units) end
  if units == 0 then return end
  addTo(count, count.kept, slot, units)
  count.keptUntil = max(count.keptUntil, slot + count.window)
end

-- Charges units now, for good; concurrency keeps nothing.
local function spend(count, units)
  if units == 0 or count.kind == 3 then return end
  if count.kind ~= 1 then return keep(count, slotOf(count), units) end
  count.level = count.level + units * count.second
  count.gross = count.gross + units
  count.keptUntil = now + ceil(count.level / count.first)
  count.isChanged = true
end

-- A number as a reply tells it. Near 2^53 as text: a client that adds up digits one by one may pass it on the way, and lose a unit.
local function exactly(number)
  return number > mostSafe / 2 and string.format('%.0f', number) or number
end
