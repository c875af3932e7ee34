-- Compare and set: writes the result of an update, or nothing if any value has changed since the update read it.
--
-- KEYS      as in look.lua
-- ARGV[1]   the marker that the update read
-- ARGV[2..] for each further key: the value that the update read, the value to write, and its TTL in ms; an absent
--           value is empty, and an unchanged one is not written
--
-- Returns 1 if written, else 0.
local call = redis.call
if (call('GET', KEYS[1]) or '') ~= ARGV[1] then
  return 0
end
for i = 2, #KEYS do
  if (call('GET', KEYS[i]) or '') ~= ARGV[3 * i - 4] then
    return 0
  end
end
for i = 2, #KEYS do
  local before, after = ARGV[3 * i - 4], ARGV[3 * i - 3]
  if after == '' then
    if before ~= '' then call('DEL', KEYS[i]) end
  elseif after ~= before then
    call('SET', KEYS[i], after, 'PX', ARGV[3 * i - 2])
  end
end
return 1
