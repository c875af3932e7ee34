-- Joins the state of this server and restores the cached keys of this replica. Starts a new generation if there is none,
-- or if the server is not the one that the generation was started on (restart from an old snapshot, failover).
--
-- KEYS[1]   the marker
-- KEYS[2..] cached keys
-- ARGV[1]   grace period of a new generation before it decides, in ticks
-- ARGV[2..] for each key: the cached TAT and the tolerance, in ticks
--
-- Returns { the marker's value, the tick at which it begins to decide, now }.
local call = redis.call
local clock = call('TIME')
local now = (clock[1] - 1704067200) * 16000000 + clock[2] * 16
local run = string.match(call('INFO', 'server'), 'run_id:(%w+)')

local marker = call('GET', KEYS[1]) or ''
local was, open = string.match(marker, '^(%w+):%d+:(%d+)$')
if was ~= run then
  open = now + tonumber(ARGV[1])
  marker = string.format('%s:%.0f:%.0f', run, now, open)
  call('SET', KEYS[1], marker)
end

for i = 2, #KEYS do
  local tat, latest = tonumber(ARGV[2 * i - 2]), now + tonumber(ARGV[2 * i - 1])
  if tat > latest then tat = latest end
  local stored = tonumber(call('GET', KEYS[i])) or 0
  if tat > now and tat > stored then
    call('SET', KEYS[i], tat, 'PXAT', math.ceil(tat / 16000) + 1704067200000)
  end
end
return { marker, tonumber(open), now }
