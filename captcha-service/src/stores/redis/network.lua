-- Applies an event to a network; the rules are in domain/network.rs.
--
-- KEYS[1] live challenges, scored by their ends
-- KEYS[2] counters by window: `n`, `w` or `l` and its number for new devices, used waivers and lost challenges
-- ARGV    the event, the challenge, its end, now (or empty: by this server's clock), the width of a window in ms,
--         the limits of live challenges, new devices and waivers
--
-- Returns { live challenges, new devices, lost challenges, 1 if rejected }, the counters in thousandths.
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

call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local refused = 0
if event == 'enter' and call('ZCARD', KEYS[1]) >= tonumber(ARGV[6]) then
  refused = 1
elseif event == 'enter' or (event == 'stay' and call('ZSCORE', KEYS[1], session)) then
  call('ZADD', KEYS[1], ends, session)
  call('PEXPIRE', KEYS[1], 360000)
elseif event == 'leave' or event == 'lost' then
  call('ZREM', KEYS[1], session)
  if event == 'lost' then count('l') end
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
return { call('ZCARD', KEYS[1]), whole(recent('n')), whole(recent('l')), refused }
