-- Decides what most claims need: on a count of a sliding or fixed window, by its `text`, where nothing is held or blocked, nor comes out of turn, for a `cost` under a
-- `capacity`, with a `window` and the `slot` of a charge made now. Writes nothing. Sets `verdict`, what is charged without the cost, how long to wait, until the
-- oldest charge leaves, the text to be written, until when that is needed, its grid, and until when it was needed before; or no verdict, where it takes more.
-- Not a function: making one takes longer than what it does.
local verdict, used, wait, frees, next, ends, grid, before
repeat
  if cost == 0 then break end
  local form, held, birth, seen, sum, base, first
  local from, surplus = 42, cost - capacity
  if text then
    form, held, grid, birth, seen, sum, ends, base, first = read('<BBBI6ddddI4', text)
    if held ~= 0 or form == 0 or form > 3 or seen > now or sum > 4294967295 then break end
    local size, length = form * 2 + 2, #text
    local gone = now - window - base
    while first <= gone do
      local units = 1
      if form > 1 then first, units = read(form == 2 and '<I4I2' or '<I4I4', text, from) end
      sum = sum - units
      from = from + size
      if from > length then break end
      first = read('<I4', text, from)
    end
    if from > length or ends <= now then
      text = nil
      if surplus > 0 then break end
    else
      if from > 42 and args[3] == '1' then break end
      surplus = surplus + sum
      used, wait, frees, before = sum, 0, base + first + window - now, ends
    end
  end

  if not text then
    used, wait = 0, 0
    if surplus > 0 then
      verdict, wait, frees = 0, -1, 0
      break
    end
    if cost > 65535 then break end
    local _, exponent = math.frexp(window)
    grid = exponent < 5 and 0 or exponent > 20 and 15 or exponent - 5
    ends, before = slot + window, -math.huge
    frees = ends - now
    local entry = cost == 1 and pack('<I4', 1073741824) or pack('<I4I2', 1073741824, cost)
    next = pack('<BBBI6dddd', cost == 1 and 1 or 2, 0, grid, args[2] + 0, now, cost, ends, slot - 1073741824) .. entry
    verdict = 1
    break
  end

  local size, length = form * 2 + 2, #text
  if surplus > 0 then
    verdict = 0
    if cost > capacity then
      wait = -1
      break
    end
    local leaves
    if form == 1 then
      leaves = read('<I4', text, from + surplus * 4 - 4)
    else
      while surplus > 0 do
        local units
        leaves, units = read(form == 2 and '<I4I2' or '<I4I4', text, from)
        surplus = surplus - units
        from = from + size
      end
    end
    wait = base + leaves + window - now
    break
  end

  local instant, units = slot - base, cost
  local last = read('<I4', text, length - size + 1)
  if instant < last or instant > 4294967295 then break end
  local entry
  if form == 1 then
    if cost > 1 or (instant == last and length > 552) then break end
    entry = pack('<I4', instant)
  else
    if instant == last then
      units = read(form == 2 and '<I2' or '<I4', text, length - size + 5) + cost
      length = length - size
    end
    if units > (form == 2 and 65535 or 4294967295) then break end
    entry = pack(form == 2 and '<I4I2' or '<I4I4', instant, units)
  end
  if slot + window > ends then ends = slot + window end
  next = pack('<BBBI6dddd', form, 0, grid, birth, now, sum + cost, ends, base) .. sub(text, from, length) .. entry
  verdict = 1
until true
