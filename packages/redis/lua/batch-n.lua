-- Decides on requests without leases, one after the other, all at one time, and charges them.
--
-- KEYS: the counts of their claims, each once.
-- ARGV: now or '', a birth, whether looks are written; how many terms; of each the 5 arguments of include/counts.lua without the cost; then of each request
--   how many claims, and of each claim which of KEYS, which terms, and the cost.
-- Reply: 1, time, then of each request as in check-n.lua, but without the time and the leases; or -1, time: to be asked again with the ends of the periods
--   around that time.

--- @include time

local hasLooks, many, termsCount = args[3] == '1', #args, args[4] + 0
local texts, answer, length, endings, befores, grids, opened

-- What few requests need is made for the first that does: answers how to decide on a request, which tells whether it has: not where the end of a period is
-- not known; and how to write what it has changed.
local function general()
--- @include put
--- @include lists
--- @include counts
--- @include look
--- @include answer

  local function openAt(place, terms, cost)
    local count = opened[place]
    if count then
      useTerms(count, terms * 5, cost)
      return count
    end
    count = openCount(KEYS[place], texts[place], terms * 5, cost)
    opened[place] = count
    if endings[place] then
      count.isChanged, count.before = true, befores[place]
      endings[place] = nil
    end
    return count
  end

  local function decideSlowly(at, claims)
    local counts = {}
    for index = 1, claims do
      local count = openAt(args[at] + 0, args[at + 1] + 0, args[at + 2] + 0)
      if count.kind == 2 and not slotOf(count) then return false end
      look(count)
      counts[index] = count
      at = at + 3
    end
    local verdict = verdictOn(counts)
    if verdict == allowed then
      for index = 1, claims do spend(counts[index], counts[index].cost) end
    end
    answer[#answer + 1] = verdict
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

local began, isDone, decideSlowly, saveOpened
local kinds, capacities, windows, slots, plan = {}, {}, {}, {}, {}
repeat
  -- A count that was written at a later time sets the time forward, for all.
  began, isDone = now, true
  answer, length, endings, befores, grids, opened = { 1, now }, 2, {}, {}, {}, {}
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
    local at, id, window, slot = number * 5, tostring(number)
--- @include slot
    if kind == '3' then window, slot = 0, huge end
    kinds[id], capacities[id], windows[id], slots[id] = kind, args[at + 1] + 0, window, slot
  end

  local from = 5 + termsCount * 5
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
    if not isDecided then
      local isRefused, at, free = false, from + 1, 0
      isDecided = true
      for index = 1, claims do
        local place, id, cost = args[at] + 0, args[at + 1], args[at + 2] + 0
        local text, capacity, kind, window, slot, terms = texts[place], capacities[id], kinds[id], windows[id], slots[id], id * 5
        local most, stays, holds, untilMs = capacity, kind == '3' and 0 or cost, 0, 0
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
      end
    end
    if not isDecided then
      if not decideSlowly then decideSlowly, saveOpened = general() end
      if not decideSlowly(from + 1, claims) then
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
  local ends = endings[place]
  if ends then
    local key, text, before, grid = KEYS[place], texts[place], befores[place], grids[place]
--- @include write
  end
end
if saveOpened then saveOpened() end
return answer
