-- Writes `text` to `key`, which is needed until `ends`, after now. It expires at the next multiple of 2^grid, and was to do so by `before`, until when it was
-- needed: most writes then need not move that.
local step = 2 ^ grid
if isInjected then
  -- By a clock of their own nobody can tell when: two hours are longer than any test.
  call('SET', key, text, 'PX', '7200000')
elseif ends < before - before % step + step then
  call('SET', key, text, 'KEEPTTL')
else
  call('SET', key, text, 'PXAT', ends - ends % step + step)
end
