-- Decides on a batch of calls, each of one or more limits, by the clock of this server.
--
-- KEYS[1]   the marker of this generation of state
-- KEYS[2..] one key for each limit; its value is the theoretical arrival time (TAT) in ticks
-- ARGV[1]   the marker's value as the caller knows it
-- ARGV[2]   the tick at which this generation begins to decide
-- ARGV[3]   one byte for each limit: what to do, plus 1 where it is the last limit of its call
-- ARGV[4..] for each limit: increment and tolerance in ticks; for "take up to" the number of units too
--
-- Returns { now, then for each limit one number }: 0 and above are ticks until idle, below 0 ticks to wait.
-- "Take up to" returns two numbers: ticks until idle, then the units granted.
-- Ticks are 1/16 microsecond since 2024-01-01: exact in a double until 2041.
local TAKE, SHADOW, UP_TO, CHARGE, REFUND = 0, 2, 4, 6, 8

local call = redis.call
local clock = call('TIME')
local now = (clock[1] - 1704067200) * 16000000 + clock[2] * 16
if call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('RLLOST this is another generation') end
-- The replicas get a grace period to restore their keys. A clock that stepped back must not prolong it: at most 5 s.
local open = ARGV[2] - now
if open > 0 and open <= 80000000 then return redis.error_reply('RLRECOVERING replicas may still be telling') end

local ceil, byte = math.ceil, string.byte
local kinds = ARGV[3]
local reply = { now }
local argument, out, first, refused = 4, 2, 1, false
-- For a call with several limits: the writes of those that enforce, and the resulting TATs.
local wants, wanted
-- Keys written by this call. A server that reads its clock separately for expired keys and for new expiry times (Redis 7.0)
-- considers a key it just wrote expired if the clock was set back in between.
local written = {}
local function write(key, tat)
  call('SET', key, tat, 'PXAT', ceil(tat / 16000) + 1704067200000)
  written[key] = tat
end
for i = 1, #kinds do
  local key = KEYS[i + 1]
  local increment, latest = tonumber(ARGV[argument]), ARGV[argument + 1] + now
  argument = argument + 2
  local kind = byte(kinds, i)
  local last = kind % 2 == 1
  if last then kind = kind - 1 end

  local stored = written[key] or tonumber(call('GET', key)) or 0
  local base = stored
  if base > latest then base = latest end
  if base < now then base = now end
  -- The TAT to write, if any: one that is too far ahead after a step of the clock is corrected even if nothing is taken.
  local put
  if stored > latest then put = base end

  if kind <= SHADOW then
    local tat = base
    if wanted and kind == TAKE and wanted[key] then tat = wanted[key] end
    tat = tat + increment
    if tat > latest then
      reply[out] = latest - tat
      if kind == TAKE then refused = true end
    else
      reply[out] = tat - now
      if kind == SHADOW or (last and first == i) then
        if increment > 0 then put = tat end
      else
        if not wants then wants, wanted = {}, {} end
        wants[#wants + 1] = { key, tat, out, increment }
        wanted[key] = tat
      end
    end
  elseif kind == UP_TO then
    local units = tonumber(ARGV[argument])
    argument = argument + 1
    local room = math.floor((latest - base) / increment)
    if room < units then units = room end
    if units > 0 then put = base + units * increment end
    reply[out] = base + units * increment - now
    out = out + 1
    reply[out] = units
  elseif kind == CHARGE then
    put = base + increment
    if put > latest then put = latest end
    reply[out] = put - now
  else
    put = base - increment
    if put < now then put = now end
    reply[out] = put - now
  end
  out = out + 1

  if put then
    if put > now then
      write(key, put)
    elseif stored > 0 then
      call('DEL', key)
      written[key] = 0
    end
  end
  if last then
    if wants then
      for _, want in ipairs(wants) do
        if refused then
          reply[want[3]] = reply[want[3]] - want[4]
        elseif want[4] > 0 then
          write(want[1], want[2])
        end
      end
      wants, wanted = nil, nil
    end
    first, refused = i + 1, false
  end
end
return reply
