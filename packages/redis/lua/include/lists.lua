-- Lists of units by the instant that they belong to, soonest first, packed into a string. In form 1 an entry is an instant of 4 bytes,
-- counted from the base, and stands for one unit: several may have the same instant. In forms 2 and 3 there are 2 or 4 bytes of units
-- beside it; in form 4 both are doubles, and the instant counts from 1970. A list is { form, text, sum }.
local rep, max, min = string.rep, math.max, math.min
local forms = { '<I4', '<I4I2', '<I4I4', '<dd' }
local sizes = { 4, 6, 8, 16 }
local mostUnits = { 1, 65535, 4294967295, huge }
local mostBytesOfOnes = 512
local mostOnes = 8
local span = 4294967295
local ahead = 1073741824
-- The list of every count that holds nothing, until it does.
local nothing = { form = 1, text = '', sum = 0 }

-- The instant and units of the entry at byte `at`.
local function entryAt(count, list, at)
  local form = list.form
  if form == 1 then return count.base + read('<I4', list.text, at), 1 end
  local instant, units = read(forms[form], list.text, at)
  if form < 4 then instant = count.base + instant end
  return instant, units
end

local function packed(count, form, instant, units)
  if form == 1 then return rep(pack('<I4', instant - count.base), units) end
  if form < 4 then instant = instant - count.base end
  return pack(forms[form], instant, units)
end

-- The instant of the first entry, or of the last; infinity where there is none.
local function firstOf(count, list)
  if list.text == '' then return huge end
  return (entryAt(count, list, 1))
end

local function lastOf(count, list)
  if list.text == '' then return -huge end
  return (entryAt(count, list, #list.text - sizes[list.form] + 1))
end

-- The byte of the first entry at `instant` or later, and whether it is one at `instant`.
local function seek(count, list, instant)
  local size = sizes[list.form]
  local low, high = 0, #list.text / size
  if high == 0 then return 1, false end
  -- Almost every charge is the latest.
  if lastOf(count, list) < instant then return #list.text + 1, false end
  while low < high do
    local middle = floor((low + high) / 2)
    if entryAt(count, list, middle * size + 1) < instant then
      low = middle + 1
    else
      high = middle
    end
  end
  local at = low * size + 1
  return at, entryAt(count, list, at) == instant
end

-- All entries, those of one instant as one.
local function entriesOf(count, list)
  local instants, units = {}, {}
  local size = sizes[list.form]
  for at = 1, #list.text, size do
    local instant, amount = entryAt(count, list, at)
    local last = #instants
    if instants[last] == instant then
      units[last] = units[last] + amount
    else
      instants[last + 1], units[last + 1] = instant, amount
    end
  end
  return instants, units
end

local function repack(count, list, form, instants, units)
  local parts = {}
  for index = 1, #instants do parts[index] = packed(count, form, instants[index], units[index]) end
  list.form, list.text = form, table.concat(parts)
end

local function widen(count, list, form)
  local instants, units = entriesOf(count, list)
  repack(count, list, form, instants, units)
end

-- Moves the base so that `instant` can be told in 4 bytes beside all that is; without such a base the list takes the widest form.
local function rebase(count, list, instant)
  local earliest, latest = instant, instant
  local moved = {}
  for _, each in ipairs({ count.kept, count.held }) do
    if each.text ~= '' and each.form < 4 then
      earliest = min(earliest, firstOf(count, each))
      latest = max(latest, lastOf(count, each))
      local instants, units = entriesOf(count, each)
      moved[#moved + 1] = { each, instants, units }
    end
  end
  if latest - earliest > span then return widen(count, list, 4) end
  count.base = earliest - floor((span - (latest - earliest)) / 4)
  for _, each in ipairs(moved) do repack(count, each[1], each[1].form, each[2], each[3]) end
end

local function formOf(units)
  if units == 1 then return 1 end
  if units <= 65535 then return 2 end
  return units <= span and 3 or 4
end

local function splice(list, at, length, text)
  local all = list.text
  list.text = sub(all, 1, at - 1) .. text .. sub(all, at + length)
end

-- Adds units at an instant.
local function addTo(count, list, instant, units)
  count.isChanged = true
  list.sum = list.sum + units
  if list.text == '' then
    list.form = formOf(units)
    if count.kept.text == '' and count.held.text == '' then count.base = instant - ahead end
  end
  local from = instant - count.base
  if list.form < 4 and (from < 0 or from > span) then rebase(count, list, instant) end
  local form = list.form
  if list.text == '' or lastOf(count, list) < instant then
    if form > 1 and units <= mostUnits[form] or units == 1 then
      list.text = list.text .. packed(count, form, instant, units)
      return
    end
  end
  local at, isThere = seek(count, list, instant)
  if form == 1 then
    local bytes = #list.text + units * 4
    if units <= mostOnes and (bytes <= mostBytesOfOnes or (units == 1 and not isThere)) then
      return splice(list, at, 0, packed(count, 1, instant, units))
    end
    widen(count, list, 2)
    at, isThere = seek(count, list, instant)
    form = 2
  end
  local all, length = units, 0
  if isThere then
    local _, before = entryAt(count, list, at)
    all, length = before + units, sizes[form]
  end
  if all > mostUnits[form] then
    widen(count, list, formOf(all))
    at = seek(count, list, instant)
    form = list.form
    length = isThere and sizes[form] or 0
  end
  splice(list, at, length, packed(count, form, instant, all))
end

-- Takes up to so many units out of the entry at byte `at`; answers how many.
local function takeOut(count, list, at, units)
  local instant, there = entryAt(count, list, at)
  local taken = min(there, units)
  local left = there > taken and packed(count, list.form, instant, there - taken) or ''
  splice(list, at, sizes[list.form], left)
  list.sum = list.sum - taken
  count.isChanged = true
  return taken
end

-- Takes up to so many units out of those at an instant.
local function takeFrom(count, list, instant, units)
  while units > 0 do
    local at, isThere = seek(count, list, instant)
    if not isThere then return end
    units = units - takeOut(count, list, at, units)
  end
end

-- Takes up to so many units out of the latest; answers how many.
local function takeLatest(count, list, units)
  local taken = 0
  while taken < units and list.text ~= '' do
    local at = #list.text - sizes[list.form] + 1
    taken = taken + takeOut(count, list, at, units - taken)
  end
  return taken
end

-- Drops what belongs to instants up to `untilMs`; answers whether there was any.
local function dropUntil(count, list, untilMs)
  local text, size = list.text, sizes[list.form]
  local at, length = 1, #text
  while at <= length do
    local instant, units = entryAt(count, list, at)
    if instant > untilMs then break end
    list.sum = list.sum - units
    at = at + size
  end
  if at == 1 then return false end
  list.text = sub(text, at)
  return true
end
