-- ARGV[1] is the time, or empty: then it is the server's, and keys expire soon after they are forgotten.
local call, pack, read, sub, floor, ceil, huge = redis.call, struct.pack, struct.unpack, string.sub, math.floor, math.ceil, math.huge
local args = ARGV
local isInjected = ARGV[1] ~= ''
local now
if isInjected then
  now = ARGV[1] + 0
else
  local told = call('TIME')
  now = told[1] * 1000 + floor(told[2] / 1000)
end
