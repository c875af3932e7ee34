-- Joins the life of this server. A server that was restarted, was flushed or took over after a failover may have forgotten
-- what was used: it begins a new life, and nothing of the old one counts any more.
--
-- KEYS[1] the marker of this part
-- ARGV[1] eight random hexadecimal digits
--
-- Answers the marker, `run id:life`.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local marker = redis.call('GET', KEYS[1])
if not marker or string.match(marker, '^(%w+):') ~= run then
  marker = run .. ':' .. ARGV[1]
end
redis.call('SET', KEYS[1], marker) -- each time: a server that answers reads and refuses writes is of no use
return marker
