-- Of the terms at `at`, sets their `kind`, and of windows the length `window` and the `slot` of a charge made now: not for a period that is not known.
local kind = args[at]
if kind == '0' then
  local precision = args[at + 3]
  window, slot = args[at + 2] + 0, precision == '1' and now or now - now % precision + precision - 1
elseif kind == '2' then
  local first, last = args[at + 3] + 0, args[at + 4] + 0
  if now >= args[at + 2] + 0 and now < last then window, slot = 0, now < first and first or last end
end
