-- The counts of KEYS from `first` on, brought to now; the claims' arguments begin at `at`, so many for each. Answers nil where a charge may be made
-- in a period whose end is not known: the caller is to be told the time.
local function lookAll(texts, first, at, stride, mayCharge)
  local counts = {}
  for index = first, #KEYS do
    counts[index - first + 1] = openCount(KEYS[index], texts[index], at, ARGV[at + 5] + 0)
    at = at + stride
  end
  for index = 1, #counts do
    local count = counts[index]
    if mayCharge and count.kind == 2 and not slotOf(count) then return nil end
    look(count)
  end
  return counts
end

-- Writes what has changed. By ARGV[3] a look is written, too, that has found something gone: that counts when numbers change later.
local function saveAll(counts)
  for index = 1, #counts do
    local count = counts[index]
    if count.isChanged or (count.hasTurned and ARGV[3] == '1') then saveCount(count) end
  end
end
