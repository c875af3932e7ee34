-- Joins the epoch of this server. A server that was restarted, was flushed or took over after a failover may have lost
-- records of use: it begins a new epoch, and values of the old one are no longer accepted.
--
-- KEYS[1] the marker of this shard
-- ARGV[1] eight random hexadecimal digits
--
-- Returns the marker, `run id:epoch`.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local marker = redis.call('GET', KEYS[1])
if not marker or string.match(marker, '^(%w+):') ~= run then
  marker = run .. ':' .. ARGV[1]
end
redis.call('SET', KEYS[1], marker) -- each time, to detect a read-only server
return marker
