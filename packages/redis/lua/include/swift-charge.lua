-- Extends or settles what most leases are: live, on counts as it left them, not blocked, where the terms of a bucket are what they were. Sets `answer` when it has, and writes
-- nothing before that.

-- From which byte on, before `behind`, entries belong to later instants than `gone`, and the `sum` of those.
local function later(text, form, from, behind, gone, sum)
  while from < behind do
    if read('<I4', text, from) > gone then break end
    sum = sum - (form == 1 and 1 or read(form == 2 and '<I2' or '<I4', text, from + 4))
    from = from + form * 2 + 2
  end
  return from, sum
end

-- A list with units added at an instant, or taken as far as there are any; its form, and how many; nil where it takes more.
local function changed(list, form, instant, units)
  if units == 0 or (units < 0 and list == '') then return list, form, 0 end
  if instant < 0 or instant > 4294967295 then return nil end
  if list == '' then form = units == 1 and 1 or units <= 65535 and 2 or 3 end
  local size, length = form * 2 + 2, #list
  local low, high = 0, length / size
  if high > 0 and read('<I4', list, length - size + 1) < instant then low = high end
  while low < high do
    local middle = floor((low + high) / 2)
    if read('<I4', list, middle * size + 1) < instant then low = middle + 1 else high = middle end
  end
  local at, there, removed, entry = low * size + 1, 0, 0, ''
  if form == 1 then
    while at + removed < length and read('<I4', list, at + removed) == instant and (units < -there or removed == 0) do
      there, removed = there + 1, removed + 4
    end
    if units > 0 then
      if units > 1 or (there > 0 and length > 508) then return nil end
      removed, entry = 0, pack('<I4', instant)
    else
      units = -there
    end
  else
    if at < length and read('<I4', list, at) == instant then
      there, removed = read(form == 2 and '<I2' or '<I4', list, at + 4), size
    end
    if units < -there then units = -there end
    local all = there + units
    if all > (form == 2 and 65535 or 4294967295) then return nil end
    if all > 0 then entry = pack(form == 2 and '<I4I2' or '<I4I4', instant, all) end
  end
  if at > length then return list .. entry, form, units end
  return sub(list, 1, at - 1) .. entry .. sub(list, at + removed), form, units
end

local answer
repeat
  local lease = texts[1]
  local state, isRepeatable, leaseSeen, deadline, forgetAt, lives, length = read('<BBddddI4', lease)
  local names = sub(lease, 39, 38 + length)
  if state ~= 0 or leaseSeen > now or deadline <= now or names ~= table.concat(KEYS, ' ', 2) then break end
  local partsFrom, many = 39 + length, #KEYS
  local endsAtMs = isSettling and now or now + lives
  local plan = { nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil }
  local parts, told = { nil, nil, nil }, { 1, now, 0, nil, nil, nil, nil, nil, nil }
  local isUndone, hasAll, place = unreported == '1', true, 0
  for index = 2, many do
    local at, text, isDone = index * 8 - 9, texts[index], false
    local window, slot
--- @include slot
    if kind == '3' then window, slot = 0, huge end
    local capacity, rule, amount = args[at + 1] + 0, args[at + 6], args[at + 7] + 0
    repeat
      if not text or (kind ~= '1' and not slot) then break end
      local birth, lapses, cost, used, mark, charged, kept, held, heldUntil = read('<I6Bddddddd', lease, partsFrom)
      partsFrom = partsFrom + 63
      local charge
      if not isSettling then
        if amount >= 0 then used = (used > 0 and used or 0) + amount end
        charge = used > charged and used or charged
      elseif kind == '3' then
        charge = 0
      elseif unreported == '2' then
        charge = rule == '1' and charged or rule == '0' and used > 0 and used or 0
      elseif amount >= 0 then
        charge = amount
      elseif used >= 0 then
        charge = used
      else
        charge = unreported == '0' and cost or 0
      end
      if charge > 4503599627370496 then break end

      local units, next, needed, before, grid
      if kind == '1' then
        local refill, every = args[at + 2] + 0, args[at + 3] + 0
        local countGrid, countBirth, seen, level, wasRefill, wasEvery, gross, empty, blocked = read('<BI6ddddddd', text)
        if countBirth ~= birth or seen > now or blocked > now or empty <= now or wasRefill ~= refill or wasEvery ~= every then break end
        before, grid, level = empty, countGrid, level - refill * (now - seen)
        local more = (charge - charged) * every
        if level <= 0 or level + more > 4503599627370496 then break end
        if more < 0 then
          local left = level - (gross - mark) * every
          if left < -more then more = left > 0 and -left or 0 end
        end
        level = level + more
        if charge > charged then
          gross, empty = gross + charge - charged, now + ceil(level / refill)
        end
        if charge ~= charged then
          next = level > 0 and pack('<BI6ddddddd', grid, birth, now, level, refill, every, gross, empty, blocked) or ''
        end
        units, needed, charged = ceil(level / every), empty, charge
      else
        local leaves = mark + window
        if leaves <= now then break end
        local form, heldForm, countGrid, countBirth, seen, sum, ends, base = read('<BBBI6dddd', text)
        if countBirth ~= birth or form > 3 or heldForm > 3 or seen > now then break end
        local list, heldList, from, heldSum, blocked = '', '', 42, 0, -huge
        before, grid = -huge, countGrid
        if heldForm > 0 then
          local length
          blocked, heldSum, length = read('<ddI4', text, 42)
          if blocked > now then break end
          from = 62 + length
          if length > 0 then
            before = base + read('<I4', text, from - heldForm * 2 - 2)
            local first
            first, heldSum = later(text, heldForm, 62, from, now - base, heldSum)
            heldList = sub(text, first, from - 1)
          end
        end
        if form > 0 then
          if ends > before then before = ends end
          from, sum = later(text, form, from, #text + 1, now - window - base, sum)
          list = sub(text, from)
        end
        if (list == '' or ends <= now) and heldList == '' then break end

        local keeps = charge
        if not isSettling and rule ~= '1' then keeps = rule == '0' and used > 0 and used or 0 end
        local untilMs, holds, delta = leaves < endsAtMs and leaves or endsAtMs, charge - keeps, keeps - kept
        if delta ~= 0 or held > 0 or holds > 0 then
          local taken, added, put
          heldList, heldForm, taken = changed(heldList, heldForm, heldUntil - base, -held)
          if not heldList then break end
          list, form, added = changed(list, form, mark - base, delta)
          if not list then break end
          heldList, heldForm, put = changed(heldList, heldForm, untilMs - base, holds)
          if not heldList then break end
          sum, heldSum = sum + added, heldSum + taken + put
          if delta > 0 and leaves > ends then ends = leaves end
          needed = list == '' and -huge or ends
          next = ''
          if list ~= '' or heldList ~= '' then
            local head = pack('<BBBI6dddd', list == '' and 0 or form, heldList == '' and 0 or heldForm, grid, birth, now, sum, ends, base)
            if heldList == '' then
              next = head .. list
            else
              local last = base + read('<I4', heldList, #heldList - heldForm * 2 - 1)
              if last > needed then needed = last end
              next = head .. pack('<ddI4', blocked, heldSum, #heldList) .. heldList .. list
            end
            if needed <= now then break end
          end
        end
        units = sum + heldSum
        lapses, charged, kept, held, heldUntil = leaves > endsAtMs and 1 or 0, charge, keeps, holds, untilMs
      end
      if hasLooks and not next then break end

      if charge > 0 then isUndone = false end
      plan[place + 1], plan[place + 2], plan[place + 3], plan[place + 4] = next, needed, before, grid
      place = place + 4
      told[index * 2], told[index * 2 + 1] = charge, units > capacity and units - capacity or 0
      parts[index - 1] = pack('<I6Bddddddd', birth, lapses, cost, used, mark, charged, kept, held, heldUntil)
      isDone = true
    until true
    if not isDone then
      hasAll = false
      break
    end
  end
  if not hasAll then break end

  answer = told
  for index = 2, many do
    local from = index * 4 - 8
    local key, text, ends, before, grid = KEYS[index], plan[from + 1], plan[from + 2], plan[from + 3], plan[from + 4]
    if text == '' then
      call('DEL', key)
    elseif text then
--- @include write
    end
  end
  local key, before, grid = KEYS[1], -huge, 0
  if isSettling and (isUndone or isRepeatable == 0) then
    call('DEL', key)
  else
    if isSettling then state, forgetAt = 2, now + remember else deadline = endsAtMs end
    local ends = isSettling and forgetAt or deadline + remember
    local text = pack('<BBddddI4', state, isRepeatable, now, deadline, forgetAt, lives, length) .. names .. table.concat(parts)
--- @include write
  end
until true
