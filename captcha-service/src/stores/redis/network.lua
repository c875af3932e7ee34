-- Applies an event to a network; the rules are in domain/network.rs and domain/pass_budget.rs.
--
-- KEYS[1] live challenges, scored by their ends
-- KEYS[2] counters by window: `n`, `w` or `l` and its number for new devices, used waivers and lost challenges
-- KEYS[3] passes by hour: `a` and its number for all, `s` for those by sound
-- ARGV    the event, the challenge, its end, now (or empty: by this server's clock), the width of a window in ms,
--         the limits of live challenges, new devices and waivers, the budgets of passes and of spoken ones, the width of
--         an hour in ms, the hours before the current one that count
--
-- Returns { live challenges, new devices, lost challenges, 1 if rejected, passes, spoken ones, the oldest hour of each
-- (-1: none) }, the counters in thousandths.
local call = redis.call
local event, session, ends = ARGV[1], ARGV[2], ARGV[3]
local now, width = tonumber(ARGV[4]), tonumber(ARGV[5])
if not now then
  local clock = call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end
local window = math.floor(now / width)
local part = 1 - (now % width) / width

local function recent(kind)
  local counts = call('HMGET', KEYS[2], kind .. window, kind .. (window - 1))
  return (tonumber(counts[1]) or 0) + (tonumber(counts[2]) or 0) * part
end
local function count(kind)
  if call('HINCRBY', KEYS[2], kind .. window, 1) == 1 then
    -- First of its window: counters older than the previous window are obsolete.
    for _, name in ipairs(call('HKEYS', KEYS[2])) do
      if tonumber(string.sub(name, 2)) < window - 1 then call('HDEL', KEYS[2], name) end
    end
  end
  call('PEXPIRE', KEYS[2], 2 * width)
end

local hour, hours = math.floor(now / tonumber(ARGV[11])), tonumber(ARGV[12])
local passes = { a = 0, s = 0, a_from = -1, s_from = -1 }
local function read_passes()
  local names = call('HKEYS', KEYS[3])
  if #names == 0 then return end
  local counts = call('HMGET', KEYS[3], unpack(names))
  for i, name in ipairs(names) do
    local kind, of = string.sub(name, 1, 1), tonumber(string.sub(name, 2))
    if of + hours < hour then
      call('HDEL', KEYS[3], name)
    else
      passes[kind] = passes[kind] + tonumber(counts[i])
      local from = passes[kind .. '_from']
      if from < 0 or of < from then passes[kind .. '_from'] = of end
    end
  end
end
local function take_pass(spoken)
  if passes.a >= tonumber(ARGV[9]) or (spoken and passes.s >= tonumber(ARGV[10])) then return 1 end
  call('HINCRBY', KEYS[3], 'a' .. hour, 1)
  if spoken then call('HINCRBY', KEYS[3], 's' .. hour, 1) end
  call('PEXPIRE', KEYS[3], (hours + 1) * tonumber(ARGV[11]))
  passes = { a = 0, s = 0, a_from = -1, s_from = -1 }
  read_passes()
  return 0
end

call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
read_passes()
local refused = 0
if event == 'enter' and call('ZCARD', KEYS[1]) >= tonumber(ARGV[6]) then
  refused = 1
elseif event == 'enter' or (event == 'stay' and call('ZSCORE', KEYS[1], session)) then
  call('ZADD', KEYS[1], ends, session)
  call('PEXPIRE', KEYS[1], 360000)
elseif event == 'leave' or event == 'lost' then
  call('ZREM', KEYS[1], session)
  if event == 'lost' then count('l') end
elseif event == 'pass' or event == 'heard' then
  call('ZREM', KEYS[1], session)
  refused = take_pass(event == 'heard')
elseif event == 'new' and recent('n') >= tonumber(ARGV[7]) then
  refused = 1
elseif event == 'new' then
  count('n')
elseif event == 'waived' and recent('w') >= tonumber(ARGV[8]) then
  refused = 1
elseif event == 'waived' then
  count('w')
end
local function whole(number) return math.floor(number * 1000 + 0.5) end
return { call('ZCARD', KEYS[1]), whole(recent('n')), whole(recent('l')), refused, passes.a, passes.s, passes.a_from, passes.s_from }
