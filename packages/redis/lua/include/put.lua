local function put(key, text, ends, before, grid)
--- @include write
end
