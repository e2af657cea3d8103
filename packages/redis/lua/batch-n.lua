-- Decides on requests, one after the other, all at one time, and charges them, under leases where they have one.
--
-- KEYS: the counts of their claims, and the leases, each once.
-- ARGV: now or '', a birth, whether looks are written; how many terms, how many lifetimes of leases, milliseconds to remember; of each of the terms the 5 arguments of
--   include/counts.lua before the cost, and the rule for expiry; of each lifetime milliseconds that a lease lives, whether its id may come again, milliseconds until
--   its key may expire; then of each request how many claims, of one under a lease less than 0 and followed by which of KEYS that is and which lifetime, and of
--   each claim which of KEYS, which terms, and the cost.
-- Reply: 1, time, then of each request as in check-n.lua and reserve-n.lua, but without the time and the leases: 5 is 3 with a lease found expired, and -2 alone
--   says that the id was something else; or -1, time: to be asked again with the ends of the periods around that time.

--- @include time

local hasLooks, many, termsCount, lifetimes, remember = args[3] == '1', #args, args[4] + 0, args[5] + 0, args[6] + 0
local texts, answer, length, endings, befores, grids, opened, expiries
local began

-- What few requests need is made for the first that does: answers how to decide on a request, which tells whether it has: not where the end of a period is
-- not known; and how to write what it has changed.
local function general()
--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include answer
--- @include leases

  local function openAt(place, at, cost)
    local count = opened[place]
    if count then
      useTerms(count, at, cost)
      count.rule = args[at + 5]
      return count
    end
    count = openCount(KEYS[place], texts[place], at, cost)
    count.rule = args[at + 5]
    opened[place] = count
    if endings[place] then
      count.isChanged, count.before = true, befores[place]
      endings[place] = nil
    end
    return count
  end

  -- What an id that was allowed before is answered; nil where it is free.
  local function repeated(lease, leasePlace, counts, names)
    local hasExpired, isRemembered = age(lease, remember)
    if not isRemembered then return nil end
    local parts = partsOf(lease)
    local isSame = lease.names == names
    for index = 1, #counts do isSame = isSame and parts[index].cost == counts[index].cost end
    if not isSame then return conflict end
    if hasExpired then
      expireParts(parts)
      texts[leasePlace], expiries[leasePlace] = packLease(lease, parts, remember)
    end
    return replayed, hasExpired
  end

  local function decideSlowly(at, claims, leasePlace, lifetime, names)
    local lease = leasePlace and openLease(texts[leasePlace])
    local counts = {}
    for index = 1, claims do
      local count = openAt(args[at] + 0, args[at + 1] * 6 + 1, args[at + 2] + 0)
      if count.kind == 2 and not slotOf(count) then return false end
      counts[index] = count
      at = at + 3
    end
    -- It is all done again at that time.
    if now > began then return true end
    local verdict, hasExpired
    if lease then verdict, hasExpired = repeated(lease, leasePlace, counts, names) end
    if verdict == conflict then
      answer[#answer + 1] = conflict
      return true
    end
    for index = 1, claims do look(counts[index]) end
    verdict = verdict or verdictOn(counts)
    if verdict == allowed then
      local parts, deadline = {}, leasePlace and now + args[lifetime]
      for index = 1, claims do
        local count = counts[index]
        if leasePlace then parts[index] = openPart(count, deadline) else spend(count, count.cost) end
      end
      if leasePlace then
        texts[leasePlace], expiries[leasePlace] = packLease({
          state = live, isRepeatable = args[lifetime + 1] == '1', deadline = deadline, forgetAt = huge, lives = args[lifetime] + 0, names = names,
        }, parts, remember)
      end
    end
    answer[#answer + 1] = hasExpired and 5 or verdict
    tell(answer, counts, verdict)
    return true
  end

  local function saveOpened()
    for place, count in pairs(opened) do
      if count.isChanged or (count.hasTurned and hasLooks) then saveCount(count) end
    end
  end

  return decideSlowly, saveOpened
end

local isDone, decideSlowly, saveOpened
local kinds, capacities, windows, slots, plan = {}, {}, {}, {}, {}
repeat
  -- A count that was written at a later time sets the time forward, for all.
  began, isDone = now, true
  answer, length, endings, befores, grids, opened, expiries = { 1, now }, 2, {}, {}, {}, {}, {}
  texts = {}
  for from = 1, #KEYS, 4000 do
    local some = call('MGET', unpack(KEYS, from, math.min(#KEYS, from + 3999)))
    if #KEYS <= 4000 then
      texts = some
    else
      for index = 1, #some do texts[from + index - 1] = some[index] end
    end
  end
  for number = 1, termsCount do
    local at, id, window, slot = number * 6 + 1, tostring(number)
--- @include slot
    if kind == '3' then window, slot = 0, huge end
    kinds[id], capacities[id], windows[id], slots[id] = kind, args[at + 1] + 0, window, slot
  end

  local from = 7 + termsCount * 6 + lifetimes * 3
  while from <= many do
    local claims, isDecided = args[from], false
    if claims == '1' then
      local place, id, cost = args[from + 1] + 0, args[from + 2], args[from + 3] + 0
      local text, capacity, window, slot = texts[place], capacities[id], windows[id], slots[id]
      if slot and slot ~= huge and not opened[place] then
--- @include swift
        if verdict == 0 then
          answer[length + 1], answer[length + 2], answer[length + 3], answer[length + 4] = 4, used, wait, frees
          length, isDecided = length + 4, true
        elseif verdict then
          answer[length + 1], answer[length + 2], answer[length + 3] = 1, used + cost, frees
          length, isDecided = length + 3, true
          if not endings[place] then befores[place] = before end
          texts[place], endings[place], grids[place] = next, ends, grid
        end
      end
    end
    claims = claims + 0
    local leasePlace, lifetime, deadline, names
    if claims < 0 then
      claims, leasePlace, lifetime = -claims, args[from + 1] + 0, 4 + termsCount * 6 + args[from + 2] * 3
      deadline, from = now + args[lifetime], from + 2
      local some = { nil, nil, nil }
      for index = 1, claims do some[index] = KEYS[args[from + index * 3 - 2] + 0] end
      names = table.concat(some, ' ')
    end
    if not isDecided and not (leasePlace and texts[leasePlace]) then
      local isRefused, at, free, parts = false, from + 1, 0, leasePlace and { nil, nil, nil }
      isDecided = true
      for index = 1, claims do
        local place, id, cost = args[at] + 0, args[at + 1], args[at + 2] + 0
        local text, capacity, kind, window, slot, terms = texts[place], capacities[id], kinds[id], windows[id], slots[id], id * 6 + 1
        local most, stays, holds, untilMs = capacity, cost, 0, deadline
        if leasePlace then
          if args[terms + 5] ~= '1' then stays, holds = 0, cost end
          if slot and slot + window < deadline then untilMs = slot + window end
        elseif kind == '3' then
          stays = 0
        end
        if opened[place] then
          isDecided = false
          break
        end
--- @include swift-claim
        if not used or (hasLooks and (wait ~= 0 or not next)) then
          isDecided = false
          break
        end
        if wait ~= 0 then isRefused = true end
        plan[free + 1], plan[free + 2], plan[free + 3], plan[free + 4], plan[free + 5] = used, wait, frees, usedThen, freesThen
        plan[free + 6], plan[free + 7], plan[free + 8], plan[free + 9], plan[free + 10] = place, next, needed, before, grid
        at, free = at + 3, free + 10
        if parts and not isRefused then
          if kind == '1' then
            parts[index] = pack('<I6Bddddddd', birth, 0, cost, -1, slot, cost, 0, 0, 0)
          else
            parts[index] = pack('<I6Bddddddd', birth, slot + window > deadline and 1 or 0, cost, -1, slot, cost, stays, holds, untilMs)
          end
        end
      end
      if isDecided then
        length = length + 1
        answer[length] = isRefused and 0 or 1
        for at = 0, free - 10, 10 do
          if isRefused then
            answer[length + 1], answer[length + 2], answer[length + 3], answer[length + 4] = plan[at + 1], plan[at + 2], plan[at + 3], 0
            length = length + 4
          else
            answer[length + 1], answer[length + 2] = plan[at + 4], plan[at + 5]
            length = length + 2
            local place, text = plan[at + 6], plan[at + 7]
            if text then
              if not endings[place] then befores[place] = plan[at + 9] end
              texts[place], endings[place], grids[place] = text, plan[at + 8], plan[at + 10]
            end
          end
        end
        if parts and not isRefused then
          texts[leasePlace] = pack('<BBddddI4', 0, args[lifetime + 1] + 0, now, deadline, huge, args[lifetime] + 0, #names) .. names .. table.concat(parts)
          expiries[leasePlace] = args[lifetime + 2]
        end
      end
    end
    if not isDecided then
      if not decideSlowly then decideSlowly, saveOpened = general() end
      if not decideSlowly(from + 1, claims, leasePlace, lifetime, names) then
        isDone = false
        break
      end
      length = #answer
    end
    from = from + 1 + claims * 3
  end
until began == now
if not isDone then return { -1, now } end
for place = 1, #KEYS do
  local ends, expires = endings[place], expiries[place]
  if ends then
    local key, text, before, grid = KEYS[place], texts[place], befores[place], grids[place]
--- @include write
  elseif type(expires) == 'string' then
    call('SET', KEYS[place], texts[place], 'PX', isInjected and '7200000' or expires)
  elseif expires then
    local key, text, ends, before, grid = KEYS[place], texts[place], expires, -huge, 0
--- @include write
  end
end
if saveOpened then saveOpened() end
return answer
