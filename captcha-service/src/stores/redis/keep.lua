-- Keeps what a step has left: all of it, or nothing when anything is not as the step saw it.
--
-- KEYS      as look.lua had them
-- ARGV[1]   the marker that the step saw
-- ARGV[2..] for each further key: the value that the step saw, the value to keep, and for how many milliseconds; a value
--           that stays, or is not there, is empty like one that was not there
--
-- Answers 1 when it is kept, 0 when not.
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
