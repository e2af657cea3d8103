-- Decides on the counts in `texts` from `first` on, whose terms begin at `terms`, so many arguments for each as `stride` says, where include/swift-claim.lua can decide on all. With a
-- `lease` it puts them under one that lives until `deadline`. Only tells with `isPeek`; with `isForced` there is always room. Sets `answer` when it has decided, and writes nothing before that.
-- All tables are as long as they get to be for three claims: one that grows is made several times.
local answer
local plan = { nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil }
local told, parts = { 1, now, nil, nil, nil, nil, nil, nil }, { nil, nil, nil }
local isRefused, hasAll, place, many = false, true, 0, #KEYS
for index = first, many do
  local cost, capacity, text = args[terms + 5] + 0, args[terms + 1] + 0, texts[index]
  local at, most, untilMs, window, slot = terms, isForced and huge or capacity, deadline
--- @include slot
  if kind == '3' then window, slot = 0, huge end
  local stays, holds = cost, 0
  if lease then
    if args[terms + 6] ~= '1' then stays, holds = 0, cost end
    if slot and slot + window < deadline then untilMs = slot + window end
  elseif kind == '3' then
    stays = 0
  end
--- @include swift-claim
  -- A look that is to be written changes a count that is charged nothing.
  if not used or (hasLooks and (wait ~= 0 or not next)) then
    hasAll = false
    break
  end
  if wait ~= 0 then isRefused = true end
  plan[place + 1], plan[place + 2], plan[place + 3], plan[place + 4] = used, wait, frees, next
  plan[place + 5], plan[place + 6], plan[place + 7] = needed, before, grid
  place, terms = place + 7, terms + stride
  local to = 2 * (index - first) + 3
  if isPeek then
    told[to], told[to + 1] = used, frees
  elseif not isRefused then
    told[to], told[to + 1] = usedThen, freesThen
    if lease then
      if kind == '1' then
        parts[index - 1] = pack('<I6Bddddddd', birth, 0, cost, -1, slot, cost, 0, 0, 0)
      else
        parts[index - 1] = pack('<I6Bddddddd', birth, slot + window > deadline and 1 or 0, cost, -1, slot, cost, stays, holds, untilMs)
      end
    end
  end
end
if hasAll and isRefused then
  answer = { 0, now, 0 }
  for from = 0, place - 7, 7 do
    local to = from / 7 * 4 + 4
    answer[to], answer[to + 1], answer[to + 2], answer[to + 3] = plan[from + 1], plan[from + 2], plan[from + 3], 0
  end
elseif hasAll then
  answer = told
  if not isPeek then
    for from = 0, place - 7, 7 do
      local text = plan[from + 4]
      if text then
        local key, ends, before, grid = KEYS[from / 7 + first], plan[from + 5], plan[from + 6], plan[from + 7]
--- @include write
      end
    end
  end
end
