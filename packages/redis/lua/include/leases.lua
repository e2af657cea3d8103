-- A lease: its state, whether its id may come again, the latest time it was written at, its deadline, until when it is remembered once it has
-- ended, how long it lives, its claims' keys, and of each claim a part: birth of the count, whether the charge becomes what is kept at the deadline, cost,
-- what was reported (-1: nothing), the slot or, of a bucket, all units charged then (-infinity: has left), what is charged, kept, held, and until when.
local live, ended, settled = 0, 1, 2
local leaseForm, partForm, partBytes = '<BBddddI4', '<I6Bddddddd', 63
local leaseBytes = 38

local function openLease(text)
  if not text then return nil end
  local state, isRepeatable, seen, deadline, forgetAt, lives, length = read(leaseForm, text)
  if seen > now then now = seen end
  return {
    state = state,
    isRepeatable = isRepeatable == 1,
    deadline = deadline,
    forgetAt = forgetAt,
    lives = lives,
    names = sub(text, leaseBytes + 1, leaseBytes + length),
    partsFrom = leaseBytes + length + 1,
    text = text,
  }
end

local function partsOf(lease)
  local parts = {}
  local from = lease.partsFrom
  while from <= #lease.text do
    local birth, lapses, cost, used, slot, charged, kept, held, heldUntil = read(partForm, lease.text, from)
    parts[#parts + 1] = {
      birth = birth, lapses = lapses, cost = cost, used = used, slot = slot,
      charged = charged, kept = kept, held = held, heldUntil = heldUntil,
    }
    from = from + partBytes
  end
  return parts
end

-- Lets a lease expire whose deadline has passed; answers whether it did, and whether it is remembered.
local function age(lease, remember)
  local expires = lease.state == live and lease.deadline <= now
  if expires then
    lease.state = ended
    lease.forgetAt = lease.deadline + remember
  end
  return expires, lease.forgetAt > now
end

-- What the deadline did to its parts.
local function expireParts(parts)
  for _, part in ipairs(parts) do
    if part.lapses == 1 then part.charged = part.kept end
    part.held = 0
  end
end

-- Its text, and until when that is needed.
local function packLease(lease, parts, remember)
  local texts = {
    pack(leaseForm, lease.state, lease.isRepeatable and 1 or 0, now, lease.deadline, lease.forgetAt, lease.lives, #lease.names),
    lease.names,
  }
  for index = 1, #parts do
    local part = parts[index]
    texts[index + 2] = pack(partForm, part.birth, part.lapses, part.cost, part.used, part.slot, part.charged, part.kept, part.held, part.heldUntil)
  end
  return table.concat(texts), lease.state == live and lease.deadline + remember or lease.forgetAt
end

local function saveLease(key, lease, parts, remember)
  local text, ends = packLease(lease, parts, remember)
  put(key, text, ends, -huge, 0)
end

-- What a part is charged when its lease expires.
local function chargeOnExpiry(count, part)
  if count.rule == '2' then return 0 end
  if count.rule == '1' then return part.charged end
  return max(0, part.used)
end

-- Changes what is kept by the difference, and holds the rest until the deadline, or until its slot leaves.
local function deposit(count, part, kept, charge, deadline)
  keep(count, part.slot, kept - part.kept)
  part.kept = kept
  part.held = charge - kept
  local leavesAt = part.slot + count.window
  part.lapses = leavesAt > deadline and 1 or 0
  part.heldUntil = min(deadline, leavesAt)
  if part.held == 0 then return end
  if count.held == nothing then count.held = { form = 1, text = '', sum = 0 } end
  addTo(count, count.held, part.heldUntil, part.held)
end

-- Charges a claim under a lease.
local function openPart(count, deadline)
  local part = {
    birth = count.birth, lapses = 0, cost = count.cost, used = -1, slot = 0,
    charged = count.cost, kept = 0, held = 0, heldUntil = 0,
  }
  if count.kind == 1 then
    spend(count, count.cost)
    part.slot = count.gross
  else
    part.slot = slotOf(count)
    deposit(count, part, chargeOnExpiry(count, part), count.cost, deadline)
  end
  return part
end

-- After a reset, what was charged is as what has left; where nothing was, nothing was forgotten.
local function forget(count, part)
  if part.birth == count.birth then return end
  part.birth = count.birth
  if count.kind == 1 or part.charged > 0 then part.slot = -huge end
  if part.charged > 0 then part.lapses = 0 end
end

-- Gives back what is left of a bucket's level above all that was charged since.
local function refund(count, part, units)
  local left = max(0, count.level - (count.gross - part.slot) * count.second)
  count.level = count.level - min(units * count.second, left)
  count.isChanged = true
end

-- Brings a part to `charge` in all, under a lease that lives until `deadline`; nil where it has ended.
local function recharge(count, part, charge, deadline)
  local before = part.charged
  forget(count, part)
  if count.kind == 1 then
    if charge >= before then spend(count, charge - before) else refund(count, part, before - charge) end
  elseif part.slot + count.window <= now then
    -- A longer window does not bring it back.
    part.slot, part.lapses = -huge, 0
    spend(count, max(0, charge - before))
  else
    takeFrom(count, count.held, part.heldUntil, part.held)
    part.charged = charge
    if deadline then
      deposit(count, part, chargeOnExpiry(count, part), charge, deadline)
    else
      deposit(count, part, charge, charge, now)
    end
  end
  part.charged = charge
end
