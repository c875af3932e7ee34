-- Reads all records of an update at the same moment.
--
-- KEYS[1]   the marker of this shard
-- KEYS[2..] the records
--
-- Returns { milliseconds since 1970, the marker, each value }; absent values are empty.
local clock = redis.call('TIME')
local found = { string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000)) }
for i = 1, #KEYS do
  found[i + 1] = redis.call('GET', KEYS[i]) or ''
end
return found
