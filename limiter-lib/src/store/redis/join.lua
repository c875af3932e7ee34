-- Joins the state of this server, telling it what this replica remembers; begins a new generation where there is none,
-- or where the server is not the one that the generation was begun on (restart from an old snapshot, failover).
--
-- KEYS[1]   the marker
-- KEYS[2..] keys remembered
-- ARGV[1]   ticks that a new generation gives the other replicas before it decides
-- ARGV[2..] for each key: the TAT remembered and the tolerance, in ticks
--
-- Answers { the marker's value, the tick at which it begins to decide, now }.
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
