-- Decides what most claims need: on a count that is not blocked, where all comes in turn and the terms of a bucket are what they were. Of a count by its `text`: a claim
-- of `cost` under a `capacity`, by `kind`, `terms` (where they begin), `window` and `slot`, which a lease keeps `stays` units of and holds `holds` until `untilMs`. Writes nothing. Sets
-- `used` and `frees`, when the oldest leaves, as they are, `usedThen` and `freesThen` with the charge; `wait`; and if it is 0 the text to be `next`, if any, what
-- it is `needed` until, and was `before`, its `grid` and `birth`, and, of a bucket, all that was charged as `slot`. Or no `used`, where it takes more.
-- Not a function: making one takes longer than what it does.
local used, frees, usedThen, freesThen, wait, next, needed, grid, birth
local before = -huge
if kind == '1' then
  repeat
    local refill, every = args[terms + 2] + 0, args[terms + 3] + 0
    local level, gross, blocked = 0, 0, -huge
    if text then
      local seen, wasRefill, wasEvery, empty
      grid, birth, seen, level, wasRefill, wasEvery, gross, empty, blocked = read('<BI6ddddddd', text)
      if seen > now or blocked > now or wasRefill ~= refill or wasEvery ~= every then break end
      before, level = empty, empty > now and level - refill * (now - seen) or 0
    end
    if level <= 0 then
      -- Nothing is charged: a new count.
      local _, exponent = math.frexp(capacity * every / refill)
      grid = exponent < 5 and 0 or exponent > 20 and 15 or exponent - 5
      birth, level, gross, blocked, before = args[2] + 0, 0, 0, -huge, -huge
    end
    local room = (most - cost) * every
    if level > 4503599627370496 or cost * every > 4503599627370496 then break end
    local units = ceil(level / every)
    frees, wait = units == 0 and 0 or ceil((level - (units - 1) * every) / refill), 0
    if cost > most then
      wait = -1
    elseif level > room then
      wait = ceil((level - room) / refill)
    else
      slot, usedThen, freesThen = gross + cost, units, frees
      if cost > 0 then
        level = level + cost * every
        usedThen = ceil(level / every)
        freesThen = ceil((level - (usedThen - 1) * every) / refill)
        needed = now + ceil(level / refill)
        next = pack('<BI6ddddddd', grid, birth, now, level, refill, every, slot, needed, blocked)
      end
    end
    used = units
  until true
elseif slot then
  repeat
    local leaves, held, length = slot + window, '', 0
    local form, heldForm, seen, sum, ends, base, first, heldSum, last, heldLast = 0, 0, nil, 0, -huge, 0, 0, 0, nil, nil
    local keptFrom, heldFrom, heldBehind = 42, 62, 62
    frees = huge
    if text then
      form, heldForm, grid, birth, seen, sum, ends, base, first = read('<BBBI6ddddI4', text)
      if form > 3 or heldForm > 3 or seen > now then break end
      local from = 42
      if heldForm > 0 then
        local blocked, length
        blocked, heldSum, length = read('<ddI4', text, 42)
        if blocked > now then break end
        from = 62
        local size = heldForm * 2 + 2
        heldBehind = 62 + length
        if length > 0 then before = base + read('<I4', text, heldBehind - size) end
        while from < heldBehind do
          local instant, units = read('<I4', text, from), 1
          if base + instant > now then
            frees, heldLast = base + instant, before - base
            held = sub(text, from, heldBehind - 1)
            break
          end
          if heldForm > 1 then units = read(heldForm == 2 and '<I2' or '<I4', text, from + 4) end
          heldSum, from = heldSum - units, from + size
        end
        heldFrom, from = from, heldBehind
        if form > 0 then first = read('<I4', text, from) end
      end
      if form > 0 then
        local size, gone = form * 2 + 2, now - window - base
        if ends > before then before = ends end
        length = #text
        while first <= gone do
          sum = sum - (form == 1 and 1 or read(form == 2 and '<I2' or '<I4', text, from + 4))
          from = from + size
          if from > length then break end
          first = read('<I4', text, from)
        end
        if from <= length then
          first = base + first + window
          if first < frees then frees = first end
          last = read('<I4', text, length - size + 1)
        else
          length = 0
        end
      end
      keptFrom = from
      if ends <= now and held == '' then last, length = nil, 0 end
    end
    if not last and held == '' then
      -- Nothing is charged: a new count.
      local _, exponent = math.frexp(window)
      grid = exponent < 5 and (kind == '0' and 0 or 10) or exponent > 20 and 15 or exponent - 5
      birth, base, sum, heldSum, ends, frees, before = args[2] + 0, now - 1073741824, 0, 0, -huge, huge, -huge
      last, heldLast = nil, nil
    end
    local units = sum + heldSum
    if units > 4294967295 then break end
    local surplus = units + cost - most
    wait = 0
    if surplus > 0 then
      if cost > most then
        wait = -1
      else
        -- Reads off both lists, soonest first, when enough has left.
        local at = now
        if held == '' then heldFrom = heldBehind end
        while surplus > 0 do
          local keptAt, heldAt, keptUnits, heldUnits = huge, huge, 1, 1
          if keptFrom <= length then
            if form == 1 then
              keptAt = read('<I4', text, keptFrom)
            else
              keptAt, keptUnits = read(form == 2 and '<I4I2' or '<I4I4', text, keptFrom)
            end
            keptAt = base + keptAt + window
          end
          if heldFrom < heldBehind then
            if heldForm == 1 then
              heldAt = read('<I4', text, heldFrom)
            else
              heldAt, heldUnits = read(heldForm == 2 and '<I4I2' or '<I4I4', text, heldFrom)
            end
            heldAt = base + heldAt
          end
          if keptAt <= heldAt then
            at, surplus, keptFrom = keptAt, surplus - keptUnits, keptFrom + form * 2 + 2
          else
            at, surplus, heldFrom = heldAt, surplus - heldUnits, heldFrom + heldForm * 2 + 2
          end
        end
        wait = at - now
      end
      frees = frees == huge and 0 or frees - now
      used = units
      break
    end

    freesThen = frees
    local entry = ''
    if stays > 0 then
      local instant, amount = slot - base, stays
      if instant < 0 or instant > 4294967295 or (last and instant < last) then break end
      if not last then form = stays == 1 and 1 or stays <= 65535 and 2 or 3 end
      if form == 1 then
        if amount > 1 or (instant == last and length - keptFrom > 507) then break end
        entry = pack('<I4', instant)
      else
        if instant == last then
          amount = read(form == 2 and '<I2' or '<I4', text, form == 2 and length - 1 or length - 3) + stays
          length = length - form * 2 - 2
        end
        if amount > (form == 2 and 65535 or 4294967295) then break end
        entry = pack(form == 2 and '<I4I2' or '<I4I4', instant, amount)
      end
      sum = sum + stays
      if leaves > ends then ends = leaves end
      if leaves < freesThen then freesThen = leaves end
    end
    if holds > 0 then
      local instant, amount = untilMs - base, holds
      if instant < 0 or instant > 4294967295 or (heldLast and instant < heldLast) then break end
      if not heldLast then heldForm = holds == 1 and 1 or holds <= 65535 and 2 or 3 end
      if heldForm == 1 then
        if amount > 1 or (instant == heldLast and #held > 508) then break end
        held = held .. pack('<I4', instant)
      else
        if instant == heldLast then
          amount = read(heldForm == 2 and '<I2' or '<I4', held, heldForm == 2 and #held - 1 or #held - 3) + holds
          held = sub(held, 1, #held - heldForm * 2 - 2)
        end
        if amount > (heldForm == 2 and 65535 or 4294967295) then break end
        held = held .. pack(heldForm == 2 and '<I4I2' or '<I4I4', instant, amount)
      end
      heldSum, heldLast = heldSum + holds, instant
      if untilMs < freesThen then freesThen = untilMs end
    end

    if stays + holds > 0 then
      local kept = last and sub(text, keptFrom, length) or ''
      local isKept = last or stays > 0
      needed = isKept and ends or -huge
      local head = pack('<BBBI6dddd', isKept and form or 0, held == '' and 0 or heldForm, grid, birth, now, sum, ends, base)
      if held == '' then
        next = head .. kept .. entry
      else
        if base + heldLast > needed then needed = base + heldLast end
        next = head .. pack('<ddI4', -huge, heldSum, #held) .. held .. kept .. entry
      end
    end
    frees = frees == huge and 0 or frees - now
    freesThen = freesThen == huge and 0 or freesThen - now
    used, usedThen = units, sum + heldSum
  until true
end
